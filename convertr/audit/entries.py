"""Acts of people that change no tracked row, written down (platform.md, "People")."""

from typing import Any

from convertr.audit.context import current
from convertr.audit.models import Entry


def note(action: str, subject: str = "", **details: Any) -> Entry:
    """Write who did what to the audit, in the caller's transaction.

    `action` is a stable word such as "key.created", `subject` what it was done to ("offer 12");
    `details` hold no secret and nothing personal.
    """
    actor = current()
    return Entry.objects.create(
        actor_id=actor.actor_id,
        actor_label=actor.actor_label,
        channel=actor.channel,
        job_id=actor.job_id,
        action=action,
        subject=subject[:100],
        details=details,
    )
