"""`manage.py after_restore`: nothing is sent twice because of a restore without being told."""

from typing import Any

from django.core.management.base import BaseCommand

from batches.restoring import hold_all
from conversions.partner_postbacks.restoring import mark_unknown
from convertr.audit.context import acting


class Command(BaseCommand):
    """Run it once, after restoring to an older moment and before the first worker starts."""

    help = "After a restore: switch integrations off, hold batches, tell postbacks as repeats."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(channel="system"):
            integrations, batches = hold_all()
            postbacks = mark_unknown()
        for integration in integrations:
            self.stdout.write(f"Integration {integration.pk} ({integration.label}) is off.")
        for batch in batches:
            self.stdout.write(f"Batch {batch.pk} ({batch.name}) is held.")
        self.stdout.write(f"{postbacks} postbacks are told as repeats that may have arrived.")
        self.stdout.write(
            "Ask each receiver what it has. Mark batches as sent, or resend them; mark leads that"
            " it has as delivered; then switch the integrations on."
        )
