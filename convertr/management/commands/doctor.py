"""`manage.py doctor`: what is well, what isn't, and what to do about it."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from convertr import health


class Command(BaseCommand):
    """Look at everything the product stands on; fails if anything isn't well."""

    help = "Check database, broker, worker, beat, storage, migrations and clock."
    requires_system_checks: Sequence[str] = ()  # type: ignore[assignment]

    def handle(self, *args: Any, **options: Any) -> None:
        found = [check() for check in health.ALL]
        for one in found:
            word = self.style.SUCCESS("well") if one.ok else self.style.ERROR("NOT WELL")
            self.stdout.write(f"{one.name:<12}{word:<10}{one.text}")
        bad = [one.name for one in found if not one.ok]
        if bad:
            raise CommandError(f"Not well: {', '.join(bad)}.")
        self.stdout.write("All is well.")
