"""Charts as SVG made on the server: bars stacked by series, one column a day.

Colours come from classes (static/css/components/chart.css), so that both schemes and a strict
content security policy hold; the table behind a chart says the same in numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format

# In units of the page: over the whole width of the dashboard, and over half of it.
WIDE, NARROW = (1160, 200), (560, 150)
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 8, 22
_GRID_LINES = 4
_LABELS = 6


@dataclass(frozen=True)
class Series:
    """One colour of a chart: a value a day."""

    label: str
    tone: str
    values: Sequence[int | Decimal]

    @property
    def total(self) -> int | Decimal:
        return sum(self.values)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True)
class Column:
    """One day: its bars from the bottom up, and what they say."""

    x: float
    width: float
    bars: list[Bar]
    text: str


@dataclass(frozen=True)
class Mark:
    """A label of an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    title: str
    days: Sequence[date]
    series: Sequence[Series]
    columns: list[Column]
    lines: list[Mark]
    labels: list[Mark]
    width: int
    height: int
    left: int = _LEFT

    @property
    def right(self) -> int:
        return self.width - _RIGHT

    @property
    def bottom(self) -> int:
        return self.height - _BOTTOM

    @property
    def rows(self) -> list[tuple[date, list[int | Decimal]]]:
        """The table behind the chart, newest day first."""
        rows = [(day, [s.values[n] for s in self.series]) for n, day in enumerate(self.days)]
        return rows[::-1]

    @property
    def is_empty(self) -> bool:
        return not any(s.total for s in self.series)


def stacked(
    title: str, days: Sequence[date], series: Sequence[Series], *, size: tuple[int, int] = NARROW
) -> Chart:
    """The chart of these series over these days (both in order)."""
    width, height = size
    bottom = height - _BOTTOM
    sums = [sum(float(s.values[n]) for s in series) for n in range(len(days))]
    top = ceiling(max(sums, default=0))
    scale = (bottom - _TOP) / top
    slot = (width - _LEFT - _RIGHT) / max(len(days), 1)
    columns = [_column(n, day, series, slot, scale, bottom) for n, day in enumerate(days)]
    lines = [
        Mark(round(bottom - scale * top * n / _GRID_LINES, 1), short(top * n / 4))
        for n in range(_GRID_LINES + 1)
    ]
    step = max(len(days) // _LABELS, 1)
    labels = [
        Mark(round(_LEFT + slot * (n + 0.5), 1), date_format(days[n], "j M"))
        for n in range(len(days) - 1, -1, -step)
    ]
    return Chart(title, days, series, columns, lines, labels, width, height)


def _column(
    n: int, day: date, series: Sequence[Series], slot: float, scale: float, bottom: float
) -> Column:
    x, y, bars = _LEFT + slot * n, bottom, []
    left, width = round(x + slot * 0.14, 2), round(slot * 0.72, 2)
    for one in series:
        height = float(one.values[n]) * scale
        if height > 0:
            y -= height
            bars.append(Bar(left, round(y, 2), width, round(height, 2), one.tone))
    said = [f"{s.label} {s.values[n]:,}" for s in series if s.values[n]]
    text = ": ".join([date_format(day, "j M Y"), ", ".join(said) or "0"])
    return Column(round(x, 2), round(slot, 2), bars, text)


def ceiling(value: float) -> float:
    """The next of 4, 8, 12, 20, 40, 80 … from `value` up: grid lines fall on round numbers."""
    power = 1.0
    while True:
        for step in (4, 8, 12, 20):
            if value <= step * power:
                return step * power
        power *= 10


def short(value: float) -> str:
    """A number on an axis: 950, 1.2k, 3M."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:.1f}".removesuffix(".0")
