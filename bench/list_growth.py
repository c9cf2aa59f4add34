"""list_growth: the conversions list stays as quick as its table grows, on the first page and deep.

Filtered by status, offer and the last 7 days, sorted by time; through HTTP, signed in.
"""

import statistics
import time
from urllib.parse import urlencode

from bench.product import Browser, Product, report
from conversions.models import Conversion
from convertr.network.models import Offer

REQUESTS = 60
PER_PAGE, DEEP_PAGE = 50, 1_000
BAR_GROWTH, BAR_DEEP = 1.5, 1.5


def p50(browser: Browser, path: str) -> float:
    """The median seconds of a page."""
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        answer = browser.get(path)
        times.append(time.perf_counter() - began)
        assert answer.status == 200, answer.status
    return statistics.median(times)


def filtered() -> str:
    """The list of one common offer's approved conversions of the last 7 days."""
    offer = Offer.objects.order_by("pk")[0]
    query = {"status": "approved", "offer": offer.pk, "range": "7d", "sort": "-converted_at"}
    return f"/v2/conversions?{urlencode(query)}"


def deep() -> str:
    """The 1,000th page of all conversions, by the key of the row before it."""
    rows = Conversion.objects.order_by("-converted_at", "-pk")
    last = rows[PER_PAGE * (DEEP_PAGE - 1) - 1]
    key = f"{last.converted_at.isoformat()}~{last.pk}"
    return f"/v2/conversions?{urlencode({'range': 'any', 'after': key})}"


def measure(product: Product, browser: Browser, *, sizes: list[int]) -> None:
    """Grow the table through `sizes` and print the growth of the list's p50."""
    first_size, first = sizes[0], p50(browser, filtered())
    for size in sizes[1:]:
        product.manage("seed_demo", "--conversions", str(size), "--leads", "0")
        now = p50(browser, filtered())
        top = p50(browser, "/v2/conversions?range=any")
        far = p50(browser, deep())
        report(
            "list_growth",
            conversions=Conversion.objects.count(),
            from_conversions=first_size,
            p50_ms=round(now * 1000, 1),
            from_p50_ms=round(first * 1000, 1),
            ratio=round(now / first, 2),
            bar=BAR_GROWTH,
            page_1000_ms=round(far * 1000, 1),
            page_1_ms=round(top * 1000, 1),
            page_1000_ratio=round(far / top, 2),
            bar_page_1000=BAR_DEEP,
        )
