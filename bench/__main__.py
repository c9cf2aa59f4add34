"""`python -m bench [--large]`: print the figures of docs/performance.md, one JSON a line."""

import argparse
import sys

from bench.product import Browser, report, running

START_BAR_SECONDS = 5.0
SMALL, MIDDLE, LARGE = 100_000, 1_000_000, 10_000_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--large", action="store_true", help="to 10,000,000 conversions")
    parser.add_argument("--small", action="store_true", help="a try of the bench itself: 100,000")
    options = parser.parse_args()
    sizes = [SMALL, LARGE] if options.large else [SMALL, MIDDLE]
    if options.small:
        sizes = [SMALL // 10, SMALL]
    with running(conversions=sizes[0]) as product:
        import django

        django.setup()
        from bench import api_patch, batches, csv_10k, leads, list_growth, postbacks, requests

        browser = Browser(product)
        before = csv_10k.measure(browser) if options.large else {}
        list_growth.measure(product, browser, sizes=sizes)
        after = csv_10k.measure(browser)
        requests.measure(product, limit=after["seconds"])
        api_patch.measure(product)
        postbacks.measure(product, browser)
        leads.measure(product)
        batches.measure(product)
        if options.large:
            ratio = round(after["seconds"] / before["seconds"], 2)
            report("csv_growth", conversions=sizes[-1], ratio=ratio, bar=1.3)
        product.stop()
        seconds = product.start()
        report("start", seconds=round(seconds, 2), bar=START_BAR_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
