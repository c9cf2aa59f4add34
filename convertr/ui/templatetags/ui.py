"""Tags that every template may use: icons, pills, panels, texts kept for a second place."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from convertr.ui import registry as ui
from convertr.ui.lists import columns

register = template.Library()

SPRITE = "icons/sprite.svg"


@register.simple_tag
def sprite() -> str:
    """The address of the sprite."""
    return static(SPRITE)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """A time in the person's zone: "5 minutes ago" within a day, else date and hours; UTC on it."""
    return columns.moment(at, exact=True)


@register.filter
def initials(user: Any) -> str:
    """Up to two capitals for a person's round sign."""
    words = str(user).split("@")[0].split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.simple_tag
def icon(name: str, label: str = "", size: int = 16) -> SafeString:
    """An icon of the sprite (static/icons/sprite.svg), `size` pixels square.

    Without a label it is decoration and hidden from screen readers.
    """
    return _icon(name, str(label), size)


@lru_cache(1_000)
def _icon(name: str, label: str, size: int) -> SafeString:
    """Made once: a page has dozens of them."""
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" {1}><use href="{2}#{3}"></use></svg>',
        size,
        SafeString(said),
        static(SPRITE),
        name,
    )


# How a state looks: tone (colour) and icon. The word is the state's own label (look.md).
PILLS: dict[str, tuple[str, str]] = {
    # conversions
    "pending": ("grey", "circle"),
    "approved": ("green", "check"),
    "rejected": ("red", "close"),
    "invalid": ("dark", "ban"),
    "throttled": ("amber", "gauge"),
    # requests
    "inquired": ("blue", "message"),
    "accepted": ("violet", "check"),
    "processed": ("green", "check-double"),
    "failed": ("amber", "alert"),
    # leads
    "valid": ("green", "check"),
    "caution": ("amber", "alert"),
    "test": ("blue", "flask"),
    # jobs
    "draft": ("grey", "edit"),
    "staging": ("blue", "clock"),
    "verifying": ("blue", "clock"),
    "verified": ("violet", "eye"),
    "queued": ("blue", "clock"),
    "running": ("blue", "play"),
    "done": ("green", "check"),
    "refused": ("red", "close"),
    "cancelled": ("grey", "ban"),
    "expired": ("grey", "clock"),
    # parties
    "active": ("green", "check"),
    "paused": ("grey", "pause"),
    # rows of a job
    "ready": ("blue", "arrow-right"),
    "applied": ("green", "check"),
    "unchanged": ("grey", "minus"),
    "not_found": ("amber", "question"),
    "duplicate": ("amber", "copy"),
    "contradiction": ("red", "alert"),
    "conflict": ("amber", "alert"),
    "reversed": ("green", "undo"),
    "kept": ("amber", "minus"),
}


@register.simple_tag
def pill(state: str, word: str = "") -> SafeString:
    """A state as a tinted word with an icon: {% pill job.state job.get_state_display %}."""
    tone, sign = PILLS.get(str(state), ("grey", "circle"))
    struck = " pill-struck" if tone == "dark" else ""
    return format_html(
        '<span class="pill pill-{}{}">{}<span>{}</span></span>',
        tone,
        struck,
        icon(sign, size=12),
        word or str(state).replace("_", " ").capitalize(),
    )


@register.simple_tag(takes_context=True)
def panels(context: template.Context, page: str, thing: Any) -> list[dict[str, Any]]:
    """What other apps show on this page: {% panels "conversion" conversion as blocks %}.

    Each has `key`, `title` and `html`.
    """
    request = context["request"]
    return [
        {
            "key": panel.key,
            "title": panel.title,
            "html": render_to_string(panel.template, panel.context(request, thing), request),
        }
        for panel in ui.panels_for(page, request.user)
    ]


@register.tag
def capture(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """{% capture name %}…{% endcapture %}: keep what is rendered, for a block shown twice."""
    name = token.split_contents()[1]
    nodes = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(name, nodes)


class CaptureNode(template.Node):
    def __init__(self, name: str, nodes: template.NodeList) -> None:
        self.name, self.nodes = name, nodes

    def render(self, context: template.Context) -> SafeString:
        context[self.name] = SafeString(self.nodes.render(context).strip())
        return SafeString("")
