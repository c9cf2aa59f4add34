"""What the words of audit entries say to people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: dict[str, str | Promise] = {
    "page": _("Page"),
    "csv": _("CSV"),
    "api": _("API"),
    "postback": _("Postback"),
    "admin": _("Admin"),
    "undo": _("Undo"),
    "request": _("Request"),
    "system": _("System"),
}
# The second half of an action such as "offer.changed".
VERBS: dict[str, str | Promise] = {
    "added": _("added"),
    "changed": _("changed"),
    "deleted": _("deleted"),
    "status": _("paused or activated"),
    "created": _("made"),
    "revoked": _("revoked"),
    "sent": _("sent"),
    "accepted": _("accepted"),
    "withdrawn": _("withdrawn"),
    "removed": _("removed"),
    "imported": _("imported"),
    "retired": _("retired"),
    "brought_back": _("brought back"),
    "secret_renewed": _("postback secret renewed"),
}


def action_text(action: str) -> str:
    """ "key.revoked" as "key: revoked"; an unknown word as it is."""
    thing, _dot, verb = action.rpartition(".")
    words = str(VERBS.get(verb, verb.replace("_", " ")))
    return f"{thing.replace('_', ' ')}: {words}" if thing else words.capitalize()
