"""What the codes of leads say to people: why one is left alone, what failed."""

from django.utils.translation import gettext_lazy as _

from leads import rules
from leads.validation import TEXTS as VALIDATION

TEXTS = {
    **VALIDATION,
    "lead_not_found": _("no lead has this ID"),
    rules.BEING_SENT: _("in a batch being sent"),
    rules.DELIVERED: _("delivered"),
    rules.NOT_VALID: _("not valid"),
    rules.ALREADY_DELIVERED: _("already delivered"),
    rules.NOT_DELIVERED: _("not delivered"),
    rules.ERASED: _("its data was erased"),
    "already_so": _("already so"),
    "processing_failed": _("a rule of its campaign failed; the lead's page says which"),
}
