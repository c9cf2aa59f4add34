"""Filters of the jobs pages."""

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def duration(seconds: int | None) -> str:
    """45 → "45 s", 130 → "2 min"."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes}
