"""How integrations and batches look: states as pills, schedules and the next run in words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from batches import schedules
from batches.models import Batch, Integration
from batches.rules import Kind, State
from convertr.ui.templatetags.ui import pill

PILLS = {
    State.CLAIMED: "queued",
    State.BUILT: "queued",
    State.SENDING: "running",
    State.SENT: "done",
    State.HELD: "conflict",
    State.FAILED: "refused",
    State.CANCELLED: "cancelled",
}


def batch_pill(batch: Batch) -> SafeString:
    """A batch's state as a tinted word."""
    state = State(batch.state)
    return pill(PILLS[state], str(state.label))


def state_of(integration: Integration) -> tuple[str, str]:
    """How an integration is, as a pill's state and word."""
    if not integration.active:
        return "paused", _("Off")
    if is_held(integration):
        return "conflict", _("Held")
    if integration.kind != Kind.REALTIME and integration.rests_since is not None:
        return "expired", _("At rest")
    return "active", _("On")


def is_held(integration: Integration) -> bool:
    return integration.hold_until is not None and integration.hold_until > timezone.now()


def next_run(integration: Integration) -> datetime | None:
    """When it runs next: the one after a run that is skipped; None where it doesn't."""
    due, skipped = integration.next_due_at, integration.skip_due_at
    if due is None or skipped is None or skipped < due:
        return due
    return schedules.read(integration.schedule).after(skipped)


@dataclass(frozen=True)
class When:
    """A schedule in words, and its next run."""

    words: str
    next: datetime | None = None

    def plain(self) -> str:
        """For exports: the words, then the next run in ISO 8601."""
        if self.next is None:
            return self.words
        return f"{self.words}; {timezone.localtime(self.next).isoformat(timespec='minutes')}"

    def html(self) -> SafeString:
        if self.next is None:
            return format_html("{}", self.words)
        return format_html(
            '{}<br><span class="small muted">{}</span>', self.words, countdown(self.next)
        )


def when(integration: Integration) -> When:
    if integration.kind == Kind.REALTIME:
        return When(_("At once, lead by lead"))
    words = schedules.read(integration.schedule).words()
    return When(capfirst(words), next_run(integration))


def countdown(at: datetime) -> SafeString:
    """A moment to come with what is left until then, which static/js/countdown.js keeps true."""
    return format_html(
        '{} · <span data-until="{}" data-in="{}" data-now="{}">{}</span>',
        moment_to_come(at),
        at.isoformat(),
        _("in %s"),
        _("now"),
        left(at),
    )


def moment_to_come(at: datetime) -> SafeString:
    """The day and the time, with the zone and UTC on hover."""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{} ({} UTC)">{}</time>',
        at.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S %Z}",
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        date_format(local, "D j M Y, H:i"),
    )


def left(at: datetime) -> str:
    """ "in 2d 4h", "in 3h 20m", "in 5m"; "now" for what is due."""
    rest = at - timezone.now()
    if rest <= timedelta(0):
        return _("now")
    minutes = max(int(rest.total_seconds() // 60), 1)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return _("in %s") % f"{days}d {hours}h"
    return _("in %s") % (f"{hours}h {minutes % 60}m" if hours else f"{minutes}m")
