"""What all timelines share: who acted, as one person may read it, how, and what changed."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User

CHANNELS: dict[str, str | Promise] = {
    "page": _("on the page"),
    "csv": _("by CSV"),
    "xlsx": _("by a workbook"),
    "api": _("through the API"),
    "postback": _("by the advertiser's postback"),
    "admin": _("in the admin"),
    "undo": _("by undoing a job"),
    "request": _("by a request"),
    "system": "",
}


@dataclass(frozen=True)
class Change:
    """A field before and after, as a page shows it."""

    label: str
    before: Any
    after: Any


def who(user: User, context: dict[str, Any]) -> str:
    """The actor's name from an event's context; to a partner only its own people have one."""
    label = context.get("actor_label") or _t("The system")
    if not user.is_partner or context.get("partner_id") == user.partner_id:
        return str(label)
    return _t("The network")
