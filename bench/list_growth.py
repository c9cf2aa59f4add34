"""list_growth: the conversions list stays as quick as its table grows, on the first page and deep.

Filtered by status, offer and the last 7 days, sorted by time; through HTTP, signed in.
"""

import statistics
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.product import Browser, report
from conversions.models import Conversion
from convertr.network.models import Offer

if TYPE_CHECKING:
    from bench.growth import Sized

REQUESTS, WARM_UP = 60, 5
PER_PAGE, DEEP_PAGE = 50, 1_000
BAR_GROWTH, BAR_DEEP = 1.5, 1.5
TOP = "/v2/conversions?range=any"


def measure(small: "Sized", large: "Sized") -> None:
    """Prints the growth of the list's p50; all pages are asked in turn."""
    first, now, top, far = p50s(
        (small.browser, filtered(small.using)),
        (large.browser, filtered(large.using)),
        (large.browser, TOP),
        (large.browser, deep(large.using)),
    )
    report(
        "list_growth",
        conversions=Conversion.objects.count(),
        from_conversions=Conversion.objects.using(small.using).count(),
        p50_ms=round(now * 1000, 1),
        from_p50_ms=round(first * 1000, 1),
        ratio=round(now / first, 2),
        bar=BAR_GROWTH,
        page_1000_ms=round(far * 1000, 1),
        page_1_ms=round(top * 1000, 1),
        page_1000_ratio=round(far / top, 2),
        bar_page_1000=BAR_DEEP,
    )


def p50s(*pages: tuple[Browser, str]) -> list[float]:
    """The median seconds of each page."""
    times: list[list[float]] = [[] for _ in pages]
    for number in range(REQUESTS + WARM_UP):
        for (browser, path), found in zip(pages, times, strict=True):
            began = time.perf_counter()
            answer = browser.get(path)
            seconds = time.perf_counter() - began
            assert answer.status == 200, answer.status
            if number >= WARM_UP:
                found.append(seconds)
    return [statistics.median(found) for found in times]


def filtered(using: str) -> str:
    """The list of one common offer's approved conversions of the last 7 days."""
    offer = Offer.objects.using(using).order_by("pk")[0]
    query = {"status": "approved", "offer": offer.pk, "range": "7d", "sort": "-converted_at"}
    return f"/v2/conversions?{urlencode(query)}"


def deep(using: str) -> str:
    """The 1,000th page of all conversions, by the key of the row before it."""
    rows = Conversion.objects.using(using).order_by("-converted_at", "-pk")
    last = rows[PER_PAGE * (DEEP_PAGE - 1) - 1]
    key = f"{last.converted_at.isoformat()}~{last.pk}"
    return f"/v2/conversions?{urlencode({'range': 'any', 'after': key})}"
