"""Django's `migrate`, which gives up a lock that it can't have soon: nobody queues behind it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

BUSY = (
    "A table was in use for longer than {seconds:g} s (MIGRATE_LOCK_SECONDS). Of the migration that"
    " wanted it nothing is written: run migrate again, when no long statement runs."
)
Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class Command(migrate.Command):
    """The old version serves meanwhile: what can't be had at once is tried again by a person."""

    def handle(self, *args: Any, **options: Any) -> None:
        seconds: float = settings.MIGRATE_LOCK_SECONDS
        connection = connections[options["database"]]
        try:
            with connection.execute_wrapper(_waiting(seconds)):
                super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            raise CommandError(BUSY.format(seconds=seconds)) from error
        finally:
            if connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")


def _waiting(seconds: float) -> Callable[..., Any]:
    """Sets how long each statement waits; an index that is made concurrently holds up nobody."""
    now: list[str] = []

    def run(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001  Django's
        wanted = "0" if "CONCURRENTLY" in str(sql) else f"{int(seconds * 1000)}"
        if now != [wanted]:
            context["cursor"].cursor.execute(f"SET lock_timeout = {wanted}")
            now[:] = [wanted]
        return execute(sql, params, many, context)

    return run
