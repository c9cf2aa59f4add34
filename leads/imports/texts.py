"""What the codes of imported rows say to people; without a value of the lead."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "bad_ip": _("column %(column)s holds no IP address"),
    "bad_opt_in": _("column %(column)s: write yes or no"),
    "lead_text_too_long": _("column %(column)s has more than %(most)s characters"),
}
