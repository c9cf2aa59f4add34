"""Reading lists and exports from a replica, where DATABASE_REPLICA_URL names one (design.md).

It may be some moments behind. What is decided, written or checked is read where it is written.
"""

from typing import Any, TypeVar

from django.db import connections
from django.db.models import QuerySet

ALIAS = "replica"
Rows = TypeVar("Rows", bound=QuerySet[Any])


def reading(rows: Rows) -> Rows:
    """The same rows from the replica; from the one database where there is no other."""
    return rows.using(ALIAS) if ALIAS in connections.databases else rows
