"""What the codes of requests say to people: refusals, failures, errors of a row."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    # Decisions.
    "no_way": _("it is %(status)s: this can't be done with it any more"),
    "request_not_found": _("no request has this ID"),
    "forbidden": _("you may not do this"),
    "four_eyes": _("it is your own request: somebody else has to decide it"),
    "stale": _("somebody else has changed it meanwhile; look at it again"),
    "reason_missing": _("give a reason for rejecting"),
    "comment_missing": _("write why you ask again"),
    # Acceptance and processing.
    "conflict": _("the conversion has changed since the request was raised: %(fields)s"),
    "conversion_changed": _("the conversion was changed between acceptance and processing"),
    "duplicate_request_id": _("the offer has conversion %(conversion)s with this request ID"),
    "duplicate_order": _("conversion %(conversion)s has this order ID already"),
    "partner_not_on_offer": _("the partner doesn't run this offer"),
    "request_failed": _("it could not be written; the administrators have the details"),
    # What is asked for.
    "nothing_asked": _("nothing differs from what the conversion has: change at least one field"),
    "not_askable": _("%(column)s can't be asked for here"),
    "bad_conversion_status": _("status “%(value)s”; write OPEN, CONFIRMED or REJECTED"),
    "open_not_possible": _("a conversion can't be made new again"),
    "bad_time": _("%(column)s “%(value)s”; write a time such as 2025-03-01 14:30"),
    "time_in_future": _("%(column)s “%(value)s” lies in the future"),
    "too_long": _("%(column)s is longer than %(longest)s characters"),
    "not_storable": _("%(column)s holds characters that can't be stored"),
    "amount_too_large": _("the amount becomes larger than 999,999,999,999.9999"),
}
