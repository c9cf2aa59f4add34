"""manage.py seed_demo: a network that looks like the real thing."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from convertr.demo import seed
from convertr.demo.people import PASSWORD, PEOPLE


class Command(BaseCommand):
    help = "Fill the database with demo data; what is there already stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--conversions", type=int, default=20_000, metavar="N")
        parser.add_argument("--leads", type=int, default=2_000, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not settings.DEMO:
            text = "Its sign-ins have a password that everybody knows. Set DEMO=1 if you mean it."
            raise CommandError(text)
        start = time.monotonic()
        added = seed.seed(conversions=options["conversions"], leads=options["leads"])
        if not options["verbosity"]:
            return
        seconds = f"{time.monotonic() - start:.1f} s"
        self.stdout.write(
            f"Added {added.conversions:,} conversions and {added.leads:,} leads in {seconds}."
        )
        self.stdout.write(f"Sign-ins, all with the password {PASSWORD}:")
        for person in PEOPLE:
            self.stdout.write(f"  {person.email:<20} {person.full_name}")
