"""Statements of which the database keeps the plan: for those that take longer to plan than to run.

Django's own are planned anew each time. Parameters go apart from the text, so each needs a type:
`%(name)s::bigint`.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import Cursor


def fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a prepared statement and answer its rows, in the caller's transaction if there is one."""
    connection.ensure_connection()
    began = time.monotonic()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        found = cursor.execute(sql, values, prepare=True).fetchall()
    log(sql, time.monotonic() - began)
    return found


def log(sql: str, seconds: float) -> None:
    """Have a statement that went past Django's cursors stand where those who count them look."""
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": f"{seconds:.3f}"})
