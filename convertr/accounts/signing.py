"""Sign and confirm: whoever does what costs money types one's full name first (style.md)."""

from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.errors import DomainError


def require_signature(actor: User, typed: str) -> None:
    """DomainError `not_signed` unless the typed text is the actor's full name."""
    if typed.strip().casefold() != str(actor).casefold():
        raise DomainError("not_signed", _("Type your full name, %(name)s.") % {"name": actor})
