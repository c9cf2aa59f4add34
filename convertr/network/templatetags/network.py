"""How an offer's rates read."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from convertr.ui.lists.columns import money

register = template.Library()


@register.simple_tag
def rate(fixed: Decimal, percent: Decimal, currency: str) -> SafeString:
    """A rate in words: 4.00 EUR, 8 % of the sale, or both with a plus."""
    share = _("%(percent)s %% of the sale") % {"percent": f"{percent.normalize():f}"}
    if fixed and percent:
        return format_html("{} + {}", money(fixed, currency), share)
    return format_html("{}", share) if percent else money(fixed, currency)
