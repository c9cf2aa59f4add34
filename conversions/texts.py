"""What the codes of this app's job rows say to people."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "not_found": _("no conversion has this key"),
    "empty_key": _("%(column)s is empty"),
    "empty_status": _("the status is empty; write APPROVED or REJECTED"),
    "bad_uuid": _("“%(value)s” is no UUID; write its 32 hexadecimal digits"),
    "bad_number": _("%(column)s “%(value)s” is no number"),
    "bad_status": _("status “%(value)s”; write APPROVED or REJECTED"),
    "bad_cost": _("cost “%(value)s”; write a number such as 1.5, at most 4 decimals, 0 or more"),
    "unknown_reason": _("reason “%(value)s” is not in the catalogue"),
    "conversion_invalid": _("the conversion is invalid and can't be changed"),
    "conversion_locked": _("the conversion is locked (paid or invoiced)"),
    "cost_not_used": _("no percentage rate: leave the cost empty"),
    "cost_missing": _("a percentage rate: give the cost"),
    "amount_too_large": _("the amount becomes larger than 999,999,999,999.9999"),
    "status_excluded": _("its status is %(status)s: this call leaves it alone"),
    "same_status": _("already so"),
    "no_amounts": _("no amount is given; write at least one, or remove the line"),
    "bad_amount": _(
        "%(column)s “%(value)s”; write a number such as 1.5, at most 4 decimals, 0 or more"
    ),
    "amounts_fixed": _("only of approved and throttled conversions can amounts be changed"),
    "same_amounts": _("already so"),
    "lock_not_approved": _("only an approved conversion can be marked as paid"),
    "already_locked": _("already marked as paid"),
    "not_locked": _("not locked"),
}
