"""`manage.py prepare`: tables up to date, and demo data where a first start should have it."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    """Migrate, and make demo data in an empty database if it is ours or DEMO=1 asks for it."""

    help = "Bring the database up to date; called by up."
    requires_system_checks: Sequence[str] = ()  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--first", action="store_true", help="the first start: make demo data")
        parser.add_argument("--no-demo", action="store_true", help="make no demo data")
        parser.add_argument("--note", type=Path, help="a file for what up wants to know")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.migrate()
        except OperationalError as error:
            said = str(error).strip().splitlines()[0]
            raise CommandError(f"The database can't be used: {said}") from error
        if not options["no_demo"]:
            self.make_demo(first=options["first"])
        if options["note"]:
            people = get_user_model()._default_manager.filter(email__endswith="@demo.test")
            emails = list(people.order_by("pk").values_list("email", flat=True))
            options["note"].write_text(json.dumps({"people": emails}))

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database …")
            self.stdout.flush()
            call_command("migrate", verbosity=0, interactive=False)

    def make_demo(self, *, first: bool) -> None:
        """Only into an empty database; one that was cut off in the middle is gone on with."""
        unfinished = Path(settings.DATA) / "demo-unfinished"
        empty = not get_user_model()._default_manager.exists()
        if not unfinished.exists() and not (empty and (first or settings.DEMO)):
            return
        self.stdout.write("Making demo data …")
        self.stdout.flush()
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        call_command("seed_demo", verbosity=0)
        unfinished.unlink()
