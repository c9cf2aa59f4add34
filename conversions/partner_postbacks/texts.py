"""What the words of postbacks say to people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversions.partner_postbacks import macros
from conversions.partner_postbacks.models import LONGEST_URL

OUTCOMES: dict[str, str | Promise] = {
    "delivered": _("Delivered"),
    "http_status": _("Refused by the server"),
    "redirect": _("Redirected elsewhere: redirects are not followed"),
    "no_connection": _("No connection"),
    "timeout": _("No answer in time: it may have arrived"),
    "cut": _("Connection cut: it may have arrived"),
    "error": _("An error of ours: it may have arrived"),
    "refused_address": _("Address not allowed: it leads into a private network"),
    "unknown": _("Sender interrupted: it may have arrived"),
    "gone": _("The conversion is gone"),
}
_PROBLEMS: dict[str, str | Promise] = {
    "not_printable": _("Write the URL without spaces and line breaks."),
    "not_http": _("Write a URL that begins with https:// or http://."),
    "macro_in_host": _("Macros may stand in the path and the query only, not in the host."),
    "no_host": _("Write the URL's host, such as https://tracker.example/postback."),
    "fragment": _("Leave out the part from # on: it is never sent."),
    "bad_port": _("The URL's host or port can't be read."),
    "unknown_macro": _("Unknown macro {name}: choose among those below."),
    "brace": _("A { or } without its other half: write a macro such as {name}."),
}


def url_problem(url: str) -> str | Promise:
    """A sentence that says what to mend in a postback's URL; empty for a good one."""
    if len(url) > LONGEST_URL:
        return _("A URL has 2,000 characters at most.")
    found = macros.problem(url)
    if found is None:
        return ""
    code, part = found
    name = f"{{{part}}}" if code == "unknown_macro" else "{payout}"
    return str(_PROBLEMS[code]).replace("{name}", name)


def outcome_text(word: str) -> str:
    """The outcome of an attempt, or the word itself where nobody knows it any more."""
    return str(OUTCOMES.get(word, word))


def macro_list() -> str:
    """Every macro, as a form's help names them."""
    names = ", ".join(f"{{{name}}}" for name in macros.MACROS)
    return _("Macros, in the path and the query: %(names)s") % {"names": names}
