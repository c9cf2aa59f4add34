"""Who changes what: told to the database once a transaction, kept by the history triggers."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from convertr.accounts.models import User


@dataclass(frozen=True)
class Actor:
    """Who acts and how. `channel` is page, csv, api, postback, admin, undo, request or system."""

    actor_id: int | None = None
    actor_label: str = ""
    partner_id: int | None = None
    channel: str = "system"
    job_id: int | None = None


_current: ContextVar[Actor] = ContextVar("actor", default=Actor())  # noqa: B039  frozen


def current() -> Actor:
    """Who acts in this request or task."""
    return _current.get()


@contextmanager
def acting(
    user: "User | None" = None, *, channel: str | None = None, job_id: int | None = None
) -> Iterator[Actor]:
    """Say who acts within the block; what is left out stays as it was outside."""
    actor = current()
    if user is not None:
        actor = replace(actor, actor_id=user.pk, actor_label=str(user), partner_id=user.partner_id)
    actor = replace(actor, channel=channel or actor.channel, job_id=job_id or actor.job_id)
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


@contextmanager
def recorded() -> Iterator[uuid.UUID]:
    """A transaction whose changes enter history under the current actor.

    `pghistory.context()` would prefix every statement, which COPY and server-side parameters
    don't survive; a setting that ends with the transaction does the same once.
    """
    context_id = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true),"
            " set_config('pghistory.context_metadata', %s, true)",
            [str(context_id), json.dumps(asdict(current()))],
        )
        yield context_id
