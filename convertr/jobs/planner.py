"""Telling the planner what it can't know: rows staged a moment ago have no statistics yet."""

from django.db import connection


def join_by_hash() -> None:
    """Let a job's rows be joined with themselves by hash, until the transaction ends.

    The planner takes ten thousand fresh rows for one, and would join them row by row. Look-ups in
    a LATERAL subquery go by index all the same.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
