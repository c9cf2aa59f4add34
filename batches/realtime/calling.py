"""Makes the calls of real-time integrations: some hundreds at once, four a host (outbound.http)."""

import asyncio
import logging
import traceback
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from batches import secrets
from batches.credentials import secret_for
from batches.models import Integration
from batches.realtime import claiming
from batches.realtime.claiming import Claimed, Finished
from batches.realtime.options import RealtimeOptions
from batches.surely import surely
from convertr.errors import DomainError
from convertr.outbound.answers import Answer, Outcome
from convertr.outbound.http import Client, Limits
from leads.transforms.base import RuleError
from leads.transforms.patterns import Pattern

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an integration's leads are told."""

    options: RealtimeOptions
    headers: dict[str, str]

    def takes(self, answer: Answer) -> bool:
        """Whether an answer says that the lead was taken."""
        if not answer.delivered:
            return False
        if not self.options.success:
            return True
        try:
            return Pattern(self.options.success).is_in(answer.body.decode("utf-8", "replace"))
        except RuleError:
            return False


def run(*, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Call until nothing is due; answers how many calls were made."""
    made, token = 0, uuid.uuid4()
    try:
        claiming.store()
        while not should_stop() and (claimed := claiming.claim(token)):
            places = places_of({one.integration_id for one in claimed})
            finished = asyncio.run(_call_all(claimed, places))
            surely(partial(claiming.tell, finished, token))
            made += len(claimed)
    except (OperationalError, InterfaceError):
        log.warning("The database is away; calls go on with a later tick")
        connection.close()
    return made


def places_of(ids: set[int]) -> dict[int, Place | None]:
    """Where these integrations call; None for one whose set-up can't be read."""
    found = Integration.objects.filter(pk__in=ids).select_related("credential")
    return {one.pk: _place(one) for one in found}


def _place(integration: Integration) -> Place | None:
    try:
        options = RealtimeOptions.read(integration.destination)
        secret = _secret(integration, options)
    except DomainError as error:
        log.warning("Integration %s can't call: %s", integration.pk, error.code)
        return None
    headers = dict([secrets.split_header(secret["header"])]) if secret else {}
    return Place(options, headers)


def _secret(integration: Integration, options: RealtimeOptions) -> dict[str, str]:
    if integration.credential is None:
        return {}
    return secret_for(integration.credential, options.host)


async def _call_all(claimed: Sequence[Claimed], places: dict[int, Place | None]) -> list[Finished]:
    limits = Limits(settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_TOTAL_SECONDS)
    async with Client(allowed=settings.OUTBOUND_ALLOW, limits=limits) as client:
        calls = (_call(client, one, places.get(one.integration_id)) for one in claimed)
        return list(await asyncio.gather(*calls))


async def _call(client: Client, claimed: Claimed, place: Place | None) -> Finished:
    at = datetime.now(UTC)
    if place is None:
        return Finished(claimed, at, Answer(Outcome.REFUSED_ADDRESS, 0), taken=False)
    kind, body = place.options.content(claimed.names, claimed.cells)
    headers = {**place.headers, "Content-Type": kind, "Idempotency-Key": str(claimed.key)}
    if claimed.repeat:
        log.warning("Call %s: unknown, repeated", claimed.id)
    try:
        answer = await client.send(
            place.options.method, place.options.url, headers=headers, content=body
        )
    except Exception as error:  # noqa: BLE001  nothing may keep a call under way
        # What it says may hold the lead's data; where it happened doesn't.
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("Call %s went wrong: %s\n%s", claimed.id, type(error).__name__, trace)  # noqa: TRY400
        answer = Answer(Outcome.ERROR, 0)
    return Finished(claimed, at, answer, taken=place.takes(answer))
