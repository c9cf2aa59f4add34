"""Tables partitioned by month: how they are made, kept ahead of time and dropped.

What grows without end (job rows, history, attempts) is partitioned from its first migration, so
that retention is dropping a table and not deleting rows.
"""

import logging
import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from django.db import OperationalError, connection, migrations, models, router, transaction
from django.utils import timezone

log = logging.getLogger(__name__)
MONTHS_AHEAD = 3
_ABOUT = """
SELECT array_to_string((SELECT reloptions FROM pg_class WHERE oid = %s::regclass), ', '), a.attname
FROM pg_partitioned_table p
JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
WHERE p.partrelid = %s::regclass
"""
# PostgreSQL makes no partition while the default one holds rows of it. Moving them is no rewriting
# of history, which its trigger would refuse.
_SET_ASIDE = """
CREATE TEMPORARY TABLE set_aside (LIKE "{table}") ON COMMIT DROP;
ALTER TABLE "{table}_rest" DISABLE TRIGGER USER;
WITH gone AS (
    DELETE FROM "{table}_rest" WHERE "{key}" >= '{start}' AND "{key}" < '{end}' RETURNING *
) INSERT INTO set_aside SELECT * FROM gone;
ALTER TABLE "{table}_rest" ENABLE TRIGGER USER
"""
_MAKE = """
CREATE TABLE "{name}" PARTITION OF "{table}" FOR VALUES FROM ('{start}') TO ('{end}'){storage};
INSERT INTO "{name}" SELECT * FROM set_aside;
DROP TABLE set_aside
"""

_PARTITIONS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass ORDER BY 1
"""


def _months(first: date, count: int) -> list[date]:
    """The first days of `count` months from the month of `first` on."""
    start = first.year * 12 + first.month - 1
    return [date((start + n) // 12, (start + n) % 12 + 1, 1) for n in range(count)]


def ensure_partitions(table: str, *, today: date, schema_editor: Any = None) -> list[str]:
    """Make the partitions of this month and the next ones; answers the names of the new ones.

    They are stored as the default partition is (its fillfactor). What it already holds of such a
    month, because nobody made the table in time, moves there.
    """
    months = _months(today, MONTHS_AHEAD + 1)
    made = []
    database = schema_editor.connection if schema_editor else connection
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        # Of two housekeepers one waits, and finds all made.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [table])
        cursor.execute(_ABOUT, [f"{table}_rest", table])
        options, key = cursor.fetchone()
        storage = f" WITH ({options})" if options else ""
        for start, end in pairwise(months):
            name = f"{table}_{start:%Y_%m}"
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is None:
                names = {"table": table, "name": name, "key": key, "start": start, "end": end}
                cursor.execute(_SET_ASIDE.format(**names))
                cursor.execute(_MAKE.format(**names, storage=storage))
                made.append(name)
    return made


def drop_partitions(table: str, *, before: date) -> list[str]:
    """Drop the months that ended before this day; answers their names, the oldest first.

    It takes a moment's lock of the whole table. Where a job holds that, it gives up after two
    seconds, so that nothing queues up behind it, and the next time does it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, [table])
        names = [name for (name,) in cursor.fetchall()]
    dropped = []
    for name in names:
        month = re.fullmatch(rf"{re.escape(table)}_(\d{{4}})_(\d\d)", name)
        if not month or _months(date(int(month[1]), int(month[2]), 1), 2)[1] > before:
            continue
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                cursor.execute(f'DROP TABLE IF EXISTS "{name}"')
        except OperationalError:
            log.warning("%s is in use and is dropped later", name)
            break
        dropped.append(name)
    return dropped


def partitioned_tables() -> list[str]:
    """The names of all tables that are partitioned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'p'"
            " AND relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


class CreatePartitionedModel(migrations.CreateModel):
    """CreateModel for a table partitioned by the month of `partition_by`.

    A default partition catches what belongs to no month yet. A single-column primary key gets
    `partition_by` added, since PostgreSQL wants the partition key in every unique one. A
    `fillfactor` below 100 leaves room on each page for rows that are updated soon.
    """

    def __init__(self, *args: Any, partition_by: str, fillfactor: int = 100, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partition_by, self.fillfactor = partition_by, fillfactor

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        own = {"partition_by": self.partition_by, "fillfactor": self.fillfactor}
        return name, args, {**kwargs, **own}

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model: type[models.Model] = to_state.apps.get_model(app_label, self.name)
        if not router.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table, key = model._meta.db_table, model._meta.pk
        sql, params = schema_editor.table_sql(model)
        if not isinstance(key, models.CompositePrimaryKey):
            sql = sql.replace(" PRIMARY KEY", "", 1)
            sql = sql[: sql.rindex(")")] + f', PRIMARY KEY ("{key.column}", "{self.partition_by}"))'
        schema_editor.execute(f'{sql} PARTITION BY RANGE ("{self.partition_by}")', params or None)
        schema_editor.execute(
            f'CREATE TABLE "{table}_rest" PARTITION OF "{table}" DEFAULT'
            f" WITH (fillfactor = {self.fillfactor})"
        )
        ensure_partitions(table, today=timezone.now().date(), schema_editor=schema_editor)
