"""What apps offer to the frame: navigation, palette, dashboard cards, panels, the bell's texts.

The ground knows no app; each app fills this registry in its AppConfig.ready().
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User

Text = str | Promise
Visible = Callable[[User], bool]
Context = Callable[[HttpRequest], dict[str, Any]]

# The groups of the left navigation, in order; the first has no heading (look.md, "Frame").
SECTIONS: dict[str, Text] = {
    "work": "",
    "batches": _("Batches"),
    "parties": _("Offers and parties"),
    "tools": _("Tools"),
}


def everyone(user: User) -> bool:
    """Visible to whoever is signed in."""
    return True


def staff_only(user: User) -> bool:
    """Visible to agency and admin, not to partners."""
    return not user.is_partner


@dataclass(frozen=True)
class NavItem:
    """A door in the left navigation (and a command of the palette).

    `also` names further URL names that belong to it (an object's page), so that its door is the
    active one there; without any match the URL namespace decides.
    """

    key: str
    label: Text
    url_name: str
    icon: str
    order: int = 100
    section: str = "work"
    visible: Visible = everyone
    count: Callable[[User], int] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A line of the palette that is no door: an act or a page without one.

    With `modal`, its address opens in the dialog instead of as a page.
    """

    key: str
    label: Text
    url_name: str
    icon: str = "chevron-right"
    order: int = 500
    visible: Visible = everyone
    modal: bool = False


@dataclass(frozen=True)
class GoTo:
    """The palette's "Go to conversion 123": `url_name` takes the typed value as its one argument.

    `pattern` is a JavaScript regular expression that the typed text has to match.
    """

    key: str
    label: Text
    url_name: str
    pattern: str
    example: str
    icon: str = "arrow-right"
    order: int = 100
    visible: Visible = everyone


@dataclass(frozen=True)
class SearchBox:
    """The top line's search: a GET form to a list; the first visible one by order is shown."""

    url_name: str
    placeholder: Text
    param: str = "q"
    order: int = 100
    visible: Visible = everyone


@dataclass(frozen=True)
class DashboardCard:
    """A card of the dashboard; `context` is called with the request when it is shown."""

    key: str
    title: Text
    template: str
    context: Context
    order: int = 100
    visible: Visible = everyone
    # Over both columns of the dashboard.
    wide: bool = False


@dataclass(frozen=True)
class Panel:
    """A block on another app's page (`page`: "conversion", "offer", …).

    `context` gets the request and the page's object.
    """

    page: str
    key: str
    title: Text
    template: str
    context: Callable[[HttpRequest, Any], dict[str, Any]]
    order: int = 100
    visible: Visible = everyone


@dataclass
class Registry:
    nav: dict[str, NavItem] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    go_to: dict[str, GoTo] = field(default_factory=dict)
    search: dict[str, SearchBox] = field(default_factory=dict)
    cards: dict[str, DashboardCard] = field(default_factory=dict)
    panels: dict[tuple[str, str], Panel] = field(default_factory=dict)
    notifications: dict[str, Callable[[dict[str, Any]], str]] = field(default_factory=dict)


registry = Registry()


def register_nav(*items: NavItem) -> None:
    registry.nav |= {item.key: item for item in items}


def register_command(*commands: Command) -> None:
    registry.commands |= {command.key: command for command in commands}


def register_go_to(*targets: GoTo) -> None:
    registry.go_to |= {target.key: target for target in targets}


def register_search(*boxes: SearchBox) -> None:
    registry.search |= {box.url_name: box for box in boxes}


def register_card(*cards: DashboardCard) -> None:
    registry.cards |= {card.key: card for card in cards}


def register_panel(*panels: Panel) -> None:
    registry.panels |= {(panel.page, panel.key): panel for panel in panels}


def register_notification(kind: str, render: Callable[[dict[str, Any]], str]) -> None:
    """How a `ui.Notification` of this kind reads; `render` gets its params."""
    registry.notifications[kind] = render


def cards_for(user: User) -> list[DashboardCard]:
    """The dashboard cards that this person sees, in order."""
    return sorted((c for c in registry.cards.values() if c.visible(user)), key=_by_order)


def panels_for(page: str, user: User) -> list[Panel]:
    """The panels that this person sees on that page, in order."""
    mine = (p for p in registry.panels.values() if p.page == page and p.visible(user))
    return sorted(mine, key=_by_order)


def nav_for(user: User) -> list[NavItem]:
    """The doors that this person has, by section and order."""
    return sorted((i for i in registry.nav.values() if i.visible(user)), key=_by_section)


def commands_for(user: User) -> list[NavItem | Command]:
    """The palette's lines: the doors first, then the registered commands."""
    own: Iterable[Command] = (c for c in registry.commands.values() if c.visible(user))
    return [*nav_for(user), *sorted(own, key=_by_order)]


def go_to_for(user: User) -> list[GoTo]:
    """Where the palette leads by an id, the likeliest first."""
    return sorted((g for g in registry.go_to.values() if g.visible(user)), key=_by_order)


def search_for(user: User) -> SearchBox | None:
    boxes = sorted((b for b in registry.search.values() if b.visible(user)), key=_by_order)
    return boxes[0] if boxes else None


def _by_order(item: Any) -> int:
    return int(item.order)


def _by_section(item: NavItem) -> tuple[int, int]:
    return list(SECTIONS).index(item.section), item.order
