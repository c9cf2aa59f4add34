"""What was told to a postback, and of a conversion: events with their attempts, newest first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from conversions.models import Conversion
from conversions.partner_postbacks.models import PartnerPostback, PostbackAttempt, PostbackEvent
from conversions.partner_postbacks.resending import ALL_OF, RESENDABLE
from conversions.partner_postbacks.texts import outcome_text
from conversions.rules import Status
from convertr.accounts.models import User
from convertr.ui.lists import keyset

SHOWN_EVENTS, SHOWN_ATTEMPTS = 50, 20
# While something is to come within so long, the page looks again by itself.
SOON = timedelta(seconds=15)
State = PostbackEvent.State
_ORDER = keyset.Order(PostbackEvent, "id", "id", descending=True)
# How a pill looks for each state (convertr/ui/templatetags/ui.py).
PILLS = {
    State.WAITING: "queued",
    State.SENDING: "running",
    State.DELIVERED: "done",
    State.FAILED: "failed",
    State.SUPERSEDED: "unchanged",
    State.STOPPED: "cancelled",
}


@dataclass(frozen=True)
class Try:
    """One attempt, in words."""

    attempt: PostbackAttempt
    text: str


@dataclass(frozen=True)
class Line:
    """One event with what came of it."""

    event: PostbackEvent
    pill: str
    status: str
    tries: list[Try]
    may_resend: bool
    postback: PartnerPostback | None = None


@dataclass(frozen=True)
class LogPage:
    """A page of a postback's log; `here`, `newer` and `older` are query strings, or empty."""

    lines: list[Line]
    state: str
    here: str
    newer: str
    older: str
    # States of which all can be resent.
    resendable: list[State] = field(default_factory=list)


def of_postback(postback: PartnerPostback, asked: Mapping[str, str]) -> LogPage:
    """A page of its events, newest first.

    `asked` is the address's query: `state`, and the key that the page begins `after` or ends
    `before`. What can't be read is left out.
    """
    events = PostbackEvent.objects.filter(postback_id=postback.pk)
    state = asked.get("state", "")
    if state not in State.values:
        state = ""
    page, place = _rows(events.filter(state=state) if state else events, asked)
    kept = {"state": state} if state else {}
    rows: list[PostbackEvent] = page.rows
    newer = {**kept, "before": _ORDER.key_of(rows[0])} if page.has_previous and rows else {}
    older = {**kept, "after": _ORDER.key_of(rows[-1])} if page.has_next and rows else {}
    again = events.filter(is_test=False) if postback.active else events.none()
    return LogPage(
        _lines(rows, may_resend=postback.active),
        state,
        _query({**kept, **place}),
        _query(newer),
        _query(older),
        [one for one in ALL_OF if again.filter(state=one).exists()],
    )


def _rows(
    events: QuerySet[PostbackEvent], asked: Mapping[str, str]
) -> tuple[keyset.Page, dict[str, str]]:
    """The events asked for, and what of the query said so."""
    per = SHOWN_EVENTS
    if key := _ORDER.parse(asked.get("after", "")):
        page = keyset.page_after(events, _ORDER, key, per=per, first=None)
        return page, {"after": asked["after"]}
    if key := _ORDER.parse(asked.get("before", "")):
        page = keyset.page_before(events, _ORDER, key, per=per, first=None)
        return page, {"before": asked["before"]}
    return keyset.first_page(events, _ORDER, per=per), {}


def _query(values: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(values)
    return query.urlencode()


def of_conversion(conversion: Conversion, user: User) -> list[Line]:
    """The events of a conversion; a partner's person sees those of its own partner's postbacks."""
    found = PostbackEvent.objects.filter(conversion_id=conversion.pk, is_test=False)
    events = list(found.order_by("-id")[:SHOWN_EVENTS])
    postbacks = PartnerPostback.objects.visible_to(user).in_bulk({e.postback_id for e in events})
    if user.is_partner:
        events = [event for event in events if event.postback_id in postbacks]
    return _lines(events, may_resend=False, postbacks=postbacks)


def is_moving(lines: Iterable[Line]) -> bool:
    """Whether something of it is about to change."""
    soon = timezone.now() + SOON
    return any(
        line.event.state == State.SENDING
        or (line.event.state == State.WAITING and line.event.due_at <= soon)
        for line in lines
    )


def _lines(
    events: list[PostbackEvent],
    *,
    may_resend: bool,
    postbacks: dict[int, PartnerPostback] | None = None,
) -> list[Line]:
    """Two queries, however many events."""
    tries: dict[int, list[Try]] = defaultdict(list)
    found = PostbackAttempt.objects.filter(event_id__in=[event.pk for event in events])
    for attempt in found.order_by("-id")[: SHOWN_EVENTS * SHOWN_ATTEMPTS]:
        tries[attempt.event_id].append(Try(attempt, outcome_text(attempt.outcome)))
    return [
        Line(
            event,
            PILLS[State(event.state)],
            str(Status(event.status).label),
            tries[event.pk][:SHOWN_ATTEMPTS],
            may_resend and event.state in RESENDABLE and not event.is_test,
            (postbacks or {}).get(event.postback_id),
        )
        for event in events
    ]
