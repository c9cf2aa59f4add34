"""manage.py rotate_vault: all credentials encrypted anew, with the newest of VAULT_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from batches import vault
from batches.models import Credential
from convertr.errors import DomainError


class Command(BaseCommand):
    help = "Encrypt all credentials with the first of VAULT_KEYS. After it, the other keys can go."

    def handle(self, *args: Any, **options: Any) -> None:
        """All of them or none."""
        try:
            with transaction.atomic():
                done = [_rotate(one) for one in Credential.objects.select_for_update()]
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(done)} credentials encrypted with the newest key.")


def _rotate(credential: Credential) -> int:
    credential.ciphertext = vault.rotate(credential.ciphertext)
    credential.save(update_fields=["ciphertext"])
    return credential.pk
