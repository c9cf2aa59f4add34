"""Two products side by side, a small one and one that grows: csv_growth and list_growth.

Both are measured in turn within the same minutes, so that neither has the better hour.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connections

from bench import csv_growth, list_growth
from bench.product import Browser, Product, report, running
from convertr.embedded import socket_folder

SMALL = 100_000
ALIAS = "small"
TABLES = ("conversions_conversion", "conversions_event")


class Sized(NamedTuple):
    """A product, somebody signed in there, and what Django calls its database here."""

    browser: Browser
    using: str


def measure(product: Product, *, to: int, data: Path | None = None) -> None:
    """Grow `product`, to which this process is bound, and measure it against a small one."""
    with _small(data) as small:
        product.seed(conversions=to)
        large = Sized(Browser(product), "default")
        for one in (small, large):
            _settle(one.using)
        report("storage", conversions=to, **_storage())
        list_growth.measure(small, large)
        csv_growth.measure(small, large)


@contextlib.contextmanager
def _small(data: Path | None) -> Iterator[Sized]:
    folder = data / ALIAS if data else None
    with running(conversions=SMALL, data=folder, bound=False) as product:
        own: dict[str, Any] = connections.settings["default"]
        host = {"host": str(socket_folder(product.data))}
        connections.settings[ALIAS] = {**own, "OPTIONS": {**own["OPTIONS"], **host}}
        try:
            yield Sized(Browser(product), ALIAS)
        finally:
            connections[ALIAS].close()
            connections[ALIAS].close_pool()  # type: ignore[attr-defined]
            del connections[ALIAS], connections.settings[ALIAS]


def _settle(using: str) -> None:
    """Nothing is left to do of the seeding: no vacuum, no checkpoint falls into the figures."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
        cursor.execute("CHECKPOINT")


def _storage() -> dict[str, int]:
    """Megabytes of the conversions, of their indexes, and of all."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_table_size(%s) >> 20, pg_indexes_size(%s) >> 20,"
            " pg_database_size(current_database()) >> 20",
            [TABLES[0], TABLES[0]],
        )
        table, indexes, whole = cursor.fetchone()
    return {"table_mb": table, "indexes_mb": indexes, "database_mb": whole}
