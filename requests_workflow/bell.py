"""What the bell says of requests (services/notifying.py rings it)."""

from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from convertr.ui.registry import register_notification
from requests_workflow.rules import Move
from requests_workflow.services.notifying import COMMENTED, DECIDED
from requests_workflow.services.processing import FAILED

DONE: dict[str, str | Promise] = {
    Move.ACCEPT: gettext_lazy("accepted"),
    Move.RETRY: gettext_lazy("accepted again"),
    Move.REJECT: gettext_lazy("rejected"),
    Move.REOPEN: gettext_lazy("asked again"),
    FAILED: gettext_lazy("could not be processed"),
}


def decided(params: dict[str, Any]) -> str:
    """Such as: Request 17: accepted. Or: 12 requests: accepted."""
    what = DONE.get(params["move"], params["move"])
    if params["request"]:
        return _("Request %(id)s: %(what)s") % {"id": params["request"], "what": what}
    return _("%(count)s requests: %(what)s") % {"count": intcomma(params["count"]), "what": what}


def commented(params: dict[str, Any]) -> str:
    if not params["request"]:
        return _("%(count)s requests: new comments") % {"count": intcomma(params["count"])}
    return _("Request %(id)s: a new comment") % {"id": params["request"]}


def register_bell() -> None:
    """Called once when Django is ready."""
    register_notification(DECIDED, decided)
    register_notification(COMMENTED, commented)
