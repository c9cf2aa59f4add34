"""`manage.py up`: the whole product on one machine, until Ctrl-C (convertr/up.py)."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from convertr import up


class Command(BaseCommand):
    """Start databases, web, worker and beat, and stop them all together."""

    help = "Start the whole product (databases, web, worker, beat) until Ctrl-C."
    requires_system_checks: Sequence[str] = ()  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        up.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        arguments = ["--host", options["host"], "--port", str(options["port"])]
        arguments += ["--no-demo"] if options["no_demo"] else []
        arguments += ["--with-parent"] if options["with_parent"] else []
        sys.exit(up.main(arguments))
