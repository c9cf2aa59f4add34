"""`manage.py doctor`: what is well, what isn't, and what to do about it."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from convertr import health


class Command(BaseCommand):
    """Look at everything the product stands on; fails if anything isn't well."""

    help = "Check database, broker, workers, beat, storage, migrations and clock."
    requires_system_checks: Sequence[str] = ()  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = [check.__name__ for check in health.ALL]
        parser.add_argument("--only", nargs="+", choices=names, help="look only at these")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["only"] or [check.__name__ for check in health.ALL]
        found = [check() for check in health.ALL if check.__name__ in wanted]
        for one in found:
            word = self.style.SUCCESS("well") if one.ok else self.style.ERROR("NOT WELL")
            self.stdout.write(f"{one.name:<12}{word:<10}{one.text}")
        bad = [one.name for one in found if not one.ok]
        if bad:
            raise CommandError(f"Not well: {', '.join(bad)}.")
        self.stdout.write("All is well.")
