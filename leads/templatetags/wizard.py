"""How the types of the wizard look."""

from django import template

from leads.rules import Act

register = template.Library()
ICONS = {
    Act.VALID: "check-circle",
    Act.INVALID: "ban",
    Act.TEST: "flask",
    Act.DELIVERED: "sent",
    Act.UNDELIVERED: "undo",
    Act.REPLACEMENT: "fold",
    Act.NO_REPLACEMENT: "minus",
    Act.REPROCESS: "refresh",
    Act.DELETE: "trash",
}


@register.filter
def act_icon(act: Act) -> str:
    return ICONS[act]
