"""What the frame around every page needs; all of it lazy, for fragments need none of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from convertr.accounts.models import User
from convertr.ui import registry as ui
from convertr.ui.models import Notification

SCHEMES = ("system", "light", "dark")
# What the browser keeps in cookies and the server writes on <html>, so that nothing flickers.
PREFERENCES = {"scheme": SCHEMES, "nav": ("wide", "icons"), "density": ("normal", "compact")}


@dataclass(frozen=True)
class NavLink:
    label: ui.Text
    url: str
    icon: str
    active: bool
    count: int


@dataclass(frozen=True)
class NavSection:
    label: ui.Text
    links: list[NavLink]


@dataclass(frozen=True)
class CommandLink:
    label: ui.Text
    url: str
    icon: str
    modal: bool


@dataclass(frozen=True)
class GoToLink:
    label: ui.Text
    url: str
    pattern: str
    example: str
    icon: str


class Frame:
    """`frame` in templates: navigation with counts, unread notifications, palette, preferences."""

    # Stands in an address where the palette puts what was typed.
    SLOT = "0"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def preferences(self) -> dict[str, str]:
        """scheme, nav and density: the cookie's value where it is a known one, else the first."""
        cookies = self.request.COOKIES
        return {
            name: cookies.get(name, "") if cookies.get(name, "") in known else known[0]
            for name, known in PREFERENCES.items()
        }

    @cached_property
    def nav(self) -> list[NavSection]:
        if self.user is None:
            return []
        items = ui.nav_for(self.user)
        active = active_key(self.request, items)
        sections = []
        for section, label in ui.SECTIONS.items():
            links = [
                _link(item, self.user, active=item.key == active)
                for item in items
                if item.section == section
            ]
            if links:
                sections.append(NavSection(label, links))
        return sections

    @cached_property
    def commands(self) -> list[CommandLink]:
        if self.user is None:
            return []
        return [
            CommandLink(c.label, reverse(c.url_name), c.icon, getattr(c, "modal", False))
            for c in ui.commands_for(self.user)
        ]

    @cached_property
    def go_to(self) -> list[GoToLink]:
        if self.user is None:
            return []
        return [
            GoToLink(g.label, reverse(g.url_name, args=[self.SLOT]), g.pattern, g.example, g.icon)
            for g in ui.go_to_for(self.user)
        ]

    @cached_property
    def search(self) -> dict[str, Any] | None:
        box = ui.search_for(self.user) if self.user else None
        if box is None:
            return None
        return {"url": reverse(box.url_name), "param": box.param, "placeholder": box.placeholder}

    @cached_property
    def unread(self) -> int:
        """How many lines the bell has that weren't looked at. One query."""
        return Notification.objects.unread_of(self.user).count() if self.user else 0


def active_key(request: HttpRequest, items: list[ui.NavItem]) -> str:
    """The door of the page shown: by URL name, else by namespace when it has but one door."""
    match = request.resolver_match
    if match is None:
        return ""
    for item in items:
        if match.view_name == item.url_name or match.view_name in item.also:
            return item.key
    siblings = [i for i in items if i.url_name.rpartition(":")[0] == match.namespace != ""]
    return siblings[0].key if len(siblings) == 1 else ""


def _link(item: ui.NavItem, user: User, *, active: bool) -> NavLink:
    count = item.count(user) if item.count else 0
    return NavLink(item.label, reverse(item.url_name), item.icon, active, count)


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: `frame`, filled only as far as a template asks."""
    return {"frame": Frame(request)}
