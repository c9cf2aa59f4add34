"""manage.py create_api_key: a key for a person, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from convertr.accounts import keys
from convertr.accounts.models import Scope, User
from convertr.errors import DomainError


class Command(BaseCommand):
    help = "Make an API key; the key stands alone on the last line and is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--name", required=True, metavar="N")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            choices=Scope.values,
            help="may be given several times; without it the key may all that the person may",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["user"].strip().lower()).first()
        if user is None:
            raise CommandError("Nobody has this e-mail address. Write that of a person's account.")
        try:
            made = keys.create_key(
                actor=None, user=user, name=options["name"], scopes=options["scope"]
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(made.secret)
