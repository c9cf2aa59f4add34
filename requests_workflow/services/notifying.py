"""Telling people: the bell, and mail for those who want it. In the caller's transaction.

A person hears one line however many of its requests were decided at once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from convertr.accounts.models import Role, User
from convertr.accounts.permissions import holders
from convertr.ui.models import Notification
from convertr.ui.notifications import render
from requests_workflow import rules
from requests_workflow.models import Comment, ConversionRequest

DECIDED, COMMENTED = "request_decided", "request_comment"
MOST_DECIDERS = 20


def tell_decided(decided: Iterable[tuple[int, int]], *, what: str, by: int | None) -> None:
    """Ring for decisions: (request, person) pairs; `what` is a Move, or "failed".

    Whoever did it (`by`) isn't told.
    """
    _ring(
        [
            _line(person, DECIDED, {"request": one, "move": what, "count": count}, one)
            for person, one, count in _by_person(decided, by)
        ]
    )


def tell_comment(comment: Comment) -> None:
    """Ring for who takes part in the discussion, and may read the comment."""
    people = {comment.request.raised_by, *_agency_side(comment)}
    people.discard(comment.author)
    if comment.internal:
        people = {person for person in people if not person.is_partner}
    params = {"request": comment.request_id}
    _ring([_line(person.pk, COMMENTED, params, comment.request_id) for person in people])


def tell_comments(said: Iterable[tuple[int, int]], *, by: int) -> None:
    """Ring for many comments at once: (request, person) pairs; one line a person."""
    _ring(
        [
            _line(person, COMMENTED, {"request": one, "count": count}, one)
            for person, one, count in _by_person(said, by)
        ]
    )


def agency_side_of(requests: Collection[int]) -> set[tuple[int, int]]:
    """(request, person) pairs of whom a partner's comment is for, as `tell_comment` has them."""
    spoke = Comment.objects.filter(request__in=requests).exclude(author__role=Role.PARTNER)
    decided = ConversionRequest.objects.filter(pk__in=requests, decided_by__isnull=False)
    decided = decided.exclude(decided_by__role=Role.PARTNER)
    pairs = {*spoke.values_list("request", "author"), *decided.values_list("pk", "decided_by")}
    unanswered = set(requests) - {request for request, _person in pairs}
    if unanswered:
        pairs |= {(request, one.pk) for one in deciders() for request in unanswered}
    return pairs


def _by_person(
    pairs: Iterable[tuple[int, int]], by: int | None
) -> Iterator[tuple[int, int | None, int]]:
    """Each person but `by`, with its request where it is one alone, and how many there are."""
    mine = defaultdict[int, list[int]](list)
    for request_id, person_id in pairs:
        if person_id != by:
            mine[person_id].append(request_id)
    return ((who, ids[0] if len(ids) == 1 else None, len(ids)) for who, ids in mine.items())


def _agency_side(comment: Comment) -> set[User]:
    """Who of the agency spoke or decided; where nobody has, and a partner writes, who decides."""
    request = comment.request
    spoke = User.objects.filter(pk__in=request.comments.values("author")).exclude(role="partner")
    people = set(spoke)
    if request.decided_by and not request.decided_by.is_partner:
        people.add(request.decided_by)
    people.discard(comment.author)
    if people or not comment.author.is_partner:
        return people
    return set(deciders())


def deciders() -> QuerySet[User]:
    """Some of those who decide: whom a partner's comment is for while nobody has answered."""
    return holders(rules.DECIDE).exclude(role=Role.PARTNER).order_by("pk")[:MOST_DECIDERS]


def _line(person_id: int, kind: str, params: dict[str, Any], one: int | None) -> Notification:
    url = reverse("requests:detail", args=[one]) if one else reverse("requests:list")
    return Notification(user_id=person_id, kind=kind, params=params, url=url)


def _ring(lines: Sequence[Notification]) -> None:
    Notification.objects.bulk_create(lines)
    wish = User.objects.filter(
        pk__in=[line.user_id for line in lines], mail_notices=True, is_active=True
    )
    addresses = dict(wish.values_list("pk", "email"))
    told = [(addresses[line.user_id], line) for line in lines if line.user_id in addresses]
    if told:
        transaction.on_commit(partial(_mail, told), robust=True)


def _mail(told: Sequence[tuple[str, Notification]]) -> None:
    get_connection(fail_silently=True).send_messages(
        [
            EmailMessage(render(line), f"{settings.SITE_URL}{line.url}", None, [address])
            for address, line in told
        ]
    )


def raiser_of(request: ConversionRequest) -> tuple[int, int]:
    """A pair for `tell_decided`."""
    return request.pk, request.raised_by_id
