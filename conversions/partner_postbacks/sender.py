"""Sends what is due: many calls at once in one process, fair to all (conversions.md).

One sender at a time has the turn; another worker's finds nothing to do. Should two run all the
same, claims keep them apart. Everything here can be killed at any moment: see claiming.py.
"""

import asyncio
import logging
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from conversions.partner_postbacks import claiming, freeing, recording
from conversions.partner_postbacks.calling import call
from conversions.partner_postbacks.claiming import Claimed
from conversions.partner_postbacks.fairness import AT_ONCE, PER_HOST, PER_PARTNER, Pace, Wish, share
from conversions.partner_postbacks.recording import Finished
from conversions.partner_postbacks.switching import switch_off_failing
from convertr.outbound.http import Client, Limits

log = logging.getLogger(__name__)
T = TypeVar("T")
_AWAY = (OperationalError, InterfaceError)
LOOK_SECONDS = 0.25
# Outcomes are written together: a moment's waiting saves a transaction each.
GATHER_SECONDS = 0.01
# Claimed, and not begun by then: its host has become slow, so it waits in the table instead.
STALE_CLAIM_SECONDS = 3.0
# How long outcomes are kept while the database is away.
KEEP_TRYING_SECONDS = 30.0


@dataclass(slots=True)
class Lane:
    """What is claimed for one host: calls under way, and those that come next."""

    pace: Pace = field(default_factory=Pace)
    under_way: int = 0
    next: deque[tuple[Claimed, float]] = field(default_factory=deque)

    @property
    def free(self) -> int:
        return max(self.pace.room - self.under_way - len(self.next), 0)


def run(*, seconds: float = 30.0, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Send until nothing is due or the time is over; answers whether something may be left."""
    with ThreadPoolExecutor(1, "postbacks-database") as database:
        sender = Sender(database, seconds, should_stop)
        try:
            return asyncio.run(sender.run())
        finally:
            database.submit(connections.close_all).result()


class Sender:
    """One run. Everything that asks the database goes through one thread of its own."""

    def __init__(
        self, database: ThreadPoolExecutor, seconds: float, should_stop: Callable[[], bool]
    ) -> None:
        self._database = database
        self._until = time.monotonic() + seconds
        self._should_stop = should_stop
        self._token = uuid.uuid4()
        self._lanes: dict[str, Lane] = {}
        self._partners: Counter[int] = Counter()
        self._finished: list[Finished] = []
        self._unbegun: list[Claimed] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._due: list[Wish] = []
        self._looked = 0.0
        self._broken = False

    async def run(self) -> bool:
        try:
            if not await self._ask(claiming.take_turn):
                return False
        except _AWAY:
            log.warning("The database is away; sending begins with a later tick")
            return False
        try:
            await self._switch_off(await self._ask(freeing.free_silent))
            limits = Limits(settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_TOTAL_SECONDS)
            async with Client(allowed=settings.OUTBOUND_ALLOW, limits=limits) as client:
                return await self._send_all(client)
        except _AWAY:
            log.warning("The database is away; sending begins with a later tick")
            return False
        finally:
            await self._end_turn()

    async def _end_turn(self) -> None:
        try:
            await self._ask(claiming.end_turn)
        except _AWAY:
            log.warning("The database is away; the sender's turn ends with its connection")

    async def _send_all(self, client: Client) -> bool:
        """The loop: write what came of calls, claim, begin, wait a moment."""
        while True:
            await self._write()
            over = self._broken or self._should_stop() or time.monotonic() > self._until
            claimed = [] if over else await self._claim()
            self._begin(client, claimed)
            if not self._calls and not claimed and not self._finished:
                return over
            await self._pause()

    async def _pause(self) -> None:
        """Until calls have ended, or it is time to look for other things that are due."""
        try:
            await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            pass
        self._woken.clear()

    # --- Claims -----------------------------------------------------------------------------------

    async def _claim(self) -> list[Claimed]:
        try:
            if not self._due or time.monotonic() - self._looked > LOOK_SECONDS:
                self._due = await self._ask(claiming.due)
                self._looked = time.monotonic()
            quotas = self._quotas()
            claimed = await self._ask(claiming.claim, quotas, self._token) if quotas else []
        except _AWAY:
            log.warning("The database is away; sending goes on later")
            self._broken = True
            return []
        self._turn_over(quotas, claimed)
        return claimed

    def _quotas(self) -> dict[int, int]:
        taken = sum(self._partners.values())
        return share(
            self._due,
            hosts={host: lane.free for host, lane in self._lanes.items()},
            partners={pk: PER_PARTNER - number for pk, number in self._partners.items()},
            total=AT_ONCE - taken,
        )

    def _turn_over(self, quotas: dict[int, int], claimed: list[Claimed]) -> None:
        """Whoever had less than it might claim has nothing more; the others begin elsewhere."""
        had = Counter(one.postback_id for one in claimed)
        empty = {pk for pk, most in quotas.items() if had[pk] < most}
        rest = [due for due in self._due if due.postback_id not in empty]
        self._due = rest[1:] + rest[:1]

    # --- Calls ------------------------------------------------------------------------------------

    def _begin(self, client: Client, claimed: list[Claimed]) -> None:
        now = time.monotonic()
        for one in claimed:
            self._partners[one.partner_id] += 1
            lane = self._lanes.setdefault(one.host, Lane())
            lane.next.append((one, now))
            if lane.under_way < PER_HOST:
                lane.under_way += 1
                task = asyncio.create_task(self._drive(client, lane))
                self._calls.add(task)
                task.add_done_callback(self._driven)

    def _driven(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("A postback's call went wrong", exc_info=error)

    async def _drive(self, client: Client, lane: Lane) -> None:
        """One connection's work: call after call, while there are any for its host."""
        try:
            while lane.next:
                claimed, since = lane.next.popleft()
                try:
                    await self._call(client, lane, claimed, since)
                finally:
                    self._partners[claimed.partner_id] -= 1
                self._woken.set()
        finally:
            lane.under_way -= 1

    async def _call(self, client: Client, lane: Lane, claimed: Claimed, since: float) -> None:
        if time.monotonic() - since > STALE_CLAIM_SECONDS:
            self._unbegun.append(claimed)
            return
        at, began = datetime.now(UTC), time.perf_counter()
        answer = await call(client, claimed)
        if claimed.url:
            lane.pace.learn(time.perf_counter() - began)
        self._finished.append(Finished(claimed, at, answer))

    # --- Outcomes ---------------------------------------------------------------------------------

    async def _write(self) -> None:
        """Write what ended since the last time; while the database is away, keep trying."""
        finished, self._finished = self._finished, []
        unbegun, self._unbegun = self._unbegun, []
        if not finished and not unbegun:
            return
        until = time.monotonic() + KEEP_TRYING_SECONDS
        while True:
            try:
                failing = await self._ask(self._record, finished, unbegun)
            except _AWAY:
                self._broken = True
                if time.monotonic() > until:
                    log.exception("%s outcomes of postbacks could not be written", len(finished))
                    return
                await asyncio.sleep(0.5)
            else:
                break
        await self._switch_off(failing)

    async def _switch_off(self, failing: list[int]) -> None:
        try:
            for postback_id in failing:
                await self._ask(switch_off_failing, postback_id)
        except _AWAY:
            # Its next failure finds it again.
            self._broken = True

    def _record(self, finished: list[Finished], unbegun: list[Claimed]) -> list[int]:
        recording.give_back(unbegun, self._token)
        return recording.record(finished, self._token)

    async def _ask(self, work: Callable[..., T], *args: object) -> T:
        """Do it in the database's thread; a connection that broke is not used again."""

        def doing() -> T:
            try:
                return work(*args)
            except _AWAY:
                connections.close_all()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._database, doing)
