"""csv_growth: 10,000 statuses by uuid take no longer in a large table (csv_10k's own work).

What SQL alone takes for it (csv_10k's limit) is measured in turn, since that grows, too.
"""

import statistics
from typing import TYPE_CHECKING

from bench import csv_10k
from bench.product import report
from conversions.models import Conversion

if TYPE_CHECKING:
    from bench.growth import Sized

ROUNDS, WARM_UP = 7, 2
BAR = 1.3
Times = list[dict[str, float]]


def measure(small: "Sized", large: "Sized") -> None:
    """Prints the growth of the median, and of each phase."""
    files = [csv_10k.changing(one.using) for one in (small, large)]
    times: tuple[Times, Times] = ([], [])
    for number in range(ROUNDS + WARM_UP):
        for one, file, found in zip((small, large), files, times, strict=True):
            seconds, phases = csv_10k.applied(one.browser, next(file), one.using)
            if number >= WARM_UP:
                limit = csv_10k.at_least(next(file), one.using)
                found.append({"seconds": seconds, **phases, "limit": limit})
    before, after = ({name: _median(found, name) for name in found[0]} for found in times)
    report(
        "csv_growth",
        conversions=Conversion.objects.count(),
        from_conversions=Conversion.objects.using(small.using).count(),
        **{name: round(value, 3) for name, value in after.items()},
        **{f"from_{name}": round(value, 3) for name, value in before.items()},
        ratio=round(after["seconds"] / before["seconds"], 2),
        bar=BAR,
        limit_ratio=round(after["limit"] / before["limit"], 2),
    )


def _median(found: Times, name: str) -> float:
    return statistics.median(one[name] for one in found)
