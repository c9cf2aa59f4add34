"""What the codes of imported rows say to people."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "already_so": _("already so"),
    "request_not_found": _("no request has this ID"),
    "offer_not_found": _("no offer has this ID"),
    "partner_not_found": _("no partner has this ID"),
    "event_unknown": _("the offer has no Base event"),
    "bad_request_type": _("request_type “%(value)s”; write CREATE or CHANGE"),
    "bad_request_status": _("request_status “%(value)s”; write INQUIRED, ACCEPTED or REJECTED"),
    "bad_currency": _("currency “%(value)s”; write a code such as EUR"),
    "other_currency": _("currency %(value)s, but the offer's is %(currency)s"),
    "conversion_given": _("a new conversion has no ID yet: leave conversion_id and its UUID empty"),
    "not_of_request": _("%(column)s isn't that of the request or conversion"),
    # What a row did whose decision was then refused.
    "raised_but_undecided": _(
        "request %(request)s was raised and stays inquired: name it in conversion_request_id"
        " instead of raising it again"
    ),
    "changed_but_undecided": _("request %(request)s was changed and stays inquired"),
    "status_of_system": _("request_status %(status)s is the system's: leave it as it was"),
}
