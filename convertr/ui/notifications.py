"""The bell: one's own notifications, newest first, read once they were opened."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from convertr.accounts.models import User
from convertr.ui import registry as ui
from convertr.ui.models import Notification

SHOWN = 20


@dataclass(frozen=True)
class Line:
    text: str
    url: str
    created_at: datetime
    unread: bool


def latest(*, user: User) -> list[Line]:
    """The last 20 lines of this person's bell."""
    own = Notification.objects.visible_to(user)[:SHOWN]
    return [Line(render(n), n.url, n.created_at, n.read_at is None) for n in own]


def mark_read(*, user: User) -> None:
    """All of this person's notifications have been looked at."""
    Notification.objects.unread_of(user).update(read_at=timezone.now())


def render(notification: Notification) -> str:
    """The text from the kind's renderer; a kind that no app knows any more still reads."""
    renderer = ui.registry.notifications.get(notification.kind)
    return renderer(notification.params) if renderer else _("Something was finished.")
