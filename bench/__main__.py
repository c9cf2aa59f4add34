"""`python -m bench [FIGURE …]`: print the figures of docs/performance.md, one JSON a line.

With --large those of docs/scaling.md, to 10,000,000 conversions. --data keeps what was seeded in a
folder, so that the next run finds it there; --small tries the bench itself.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.product import Browser, Product, report, running

START_BAR_SECONDS = 5.0
LARGE = ("growth", "batches")
ALL = (
    *("growth", "csv_10k", "requests", "api_patch", "postbacks", "leads", "load", "batches"),
    "start",
)


class Scale(NamedTuple):
    """How many conversions there are, step by step; leads of the load, and of the one batch."""

    conversions: tuple[int, ...]
    leads: int = 200_000
    in_batch: int = 1_000_000


SMALL = Scale((200_000,), leads=10_000, in_batch=50_000)
MIDDLE = Scale((1_000_000,))
GROWN = Scale((1_000_000, 10_000_000))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=", ".join(ALL))
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--large", action="store_true", help="to 10,000,000 conversions")
    sizes.add_argument("--small", action="store_true", help="a try of the bench itself")
    parser.add_argument("--data", type=Path, help="a folder to keep the products in")
    options = parser.parse_args()
    options.data = options.data and options.data.resolve()
    if unknown := set(options.figures) - set(ALL):
        parser.error(f"There is no figure {', '.join(sorted(unknown))}.")
    scale = GROWN if options.large else SMALL if options.small else MIDDLE
    chosen = options.figures or (LARGE if options.large else ALL)
    data = options.data / "large" if options.data else None
    with running(conversions=scale.conversions[0], data=data) as product:
        import django

        django.setup()
        _measure(product, scale, [name for name in ALL if name in chosen], options)


def _measure(
    product: Product, scale: Scale, chosen: list[str], options: argparse.Namespace
) -> None:
    from bench import api_patch, batches, csv_10k, growth, leads, load, postbacks, requests

    csv_seconds: list[float] = []

    def csv() -> None:
        csv_seconds[:] = [csv_10k.measure(Browser(product))["seconds"]]

    def import_requests() -> None:
        if not csv_seconds:
            csv()
        requests.measure(product, limit=csv_seconds[0])

    def grow() -> None:
        for size in scale.conversions:
            growth.measure(product, to=size, data=options.data)

    figures: dict[str, Callable[[], object]] = {
        "growth": grow,
        "csv_10k": csv,
        "requests": import_requests,
        "api_patch": lambda: api_patch.measure(product),
        "postbacks": lambda: postbacks.measure(product, Browser(product)),
        "leads": lambda: leads.measure(product),
        "load": lambda: load.measure(product, leads=scale.leads, short=options.small),
        "batches": lambda: batches.measure(product, leads=scale.in_batch),
        "start": lambda: _start(product),
    }
    for name in chosen:
        figures[name]()


def _start(product: Product) -> None:
    product.stop()
    report("start", seconds=round(product.start(), 2), bar=START_BAR_SECONDS)


if __name__ == "__main__":
    main()
