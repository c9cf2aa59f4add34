"""A round: flows at once, faults at random moments of it, rest, and a look at everything."""

import random
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from convertr import up
from tests.chaos import faults, invariants, resting
from tests.chaos.flows import FLOWS, OFTEN
from tests.chaos.ledger import Ledger
from tests.chaos.turn import Turn

FEWEST_FLOWS, MOST_FLOWS, MOST_FAULTS = 3, 8, 3
# Flows begin and faults strike within these many seconds from the round's begin.
BEGIN_WITHIN, STRIKE_WITHIN = 0.8, 1.6
# So long a strike waits for what it is to hit, and then up to this.
WAIT_SECONDS, LATER_SECONDS = 1.5, 0.08
LINGER_SECONDS = (0.3, 2.5)
LOOK_SECONDS, REST_LOOK_SECONDS = 0.02, 0.15
REST_SECONDS = 90.0
# How slow the lines are in a round, at most: seconds for each two kilobytes.
SLOWEST = 0.01


@dataclass
class Round:
    """What was done in one round, and what was found broken after it."""

    number: int
    flows: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    seconds: float = 0.0
    rested: float = 0.0
    violations: list = field(default_factory=list)


def play(number, seed, world, product):
    """One round; what happens follows from the seed and the number, but for the computer's pace."""
    began = time.monotonic()
    dice = random.Random(f"{seed}/{number}")
    ledger, played = Ledger(), Round(number)
    world.begin_round(dice)
    world.sinks.be_slow(dice.uniform(0, SLOWEST))
    threads = _begin_flows(played, seed, dice, world, ledger)
    strikes = _choose_faults(played, dice, product, world.sinks)
    _until_over(threads, strikes, product, began, dice)
    world.sinks.calm()
    played.rested = _rest(product, played)
    played.errors = ledger.errors
    seen = invariants.Seen(ledger, world.first, world.sinks, product.ports, played.faults)
    played.violations += world.not_told_yet(invariants.check(seen))
    # Recovery begins at the last checkpoint: a restart takes a moment, and the round goes on.
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    played.seconds = time.monotonic() - began
    return played


def _begin_flows(played, seed, dice, world, ledger):
    threads = []
    names = dice.choices(list(FLOWS), OFTEN, k=dice.randint(FEWEST_FLOWS, MOST_FLOWS))
    for place, name in enumerate(names):
        turn = Turn(name, world, ledger, random.Random(f"{seed}/{played.number}/{place}"))
        threads.append(threading.Thread(target=_flow, args=(turn, dice.uniform(0, BEGIN_WITHIN))))
        played.flows.append(name)
    for thread in threads:
        thread.start()
    return threads


def _flow(turn, moment):
    time.sleep(moment)
    try:
        turn.act(partial(FLOWS[turn.name], turn))
    finally:
        connection.close()


def _choose_faults(played, dice, product, sinks):
    strikes = []
    for _fault in range(dice.randint(1, MOST_FAULTS)):
        name = faults.choose(dice)
        played.faults.append(name)
        strikes += faults.FAULTS[name](product, sinks, dice, dice.uniform(0, STRIKE_WITHIN))
    return sorted(strikes, key=lambda strike: strike.moment)


def _until_over(threads, strikes, product, began, dice):
    """Let flows and faults have their time; what ended is started again meanwhile.

    Faults of others go on for a moment after the last flow, while its effects are sent.
    """
    over = began + dice.uniform(*LINGER_SECONDS)
    while strikes or time.monotonic() < over:
        now = time.monotonic() - began
        if any(thread.is_alive() for thread in threads):
            over = max(over, time.monotonic() + LINGER_SECONDS[0])
        for strike in [one for one in strikes if now >= one.moment]:
            if now > strike.moment + WAIT_SECONDS or _is_busy(strike):
                strikes.remove(strike)
                if strike.busy:
                    time.sleep(dice.uniform(0, LATER_SECONDS))
                strike.act()
        product.tend()
        time.sleep(LOOK_SECONDS)


def _is_busy(strike):
    """Whether there is something to hit; while nobody can tell, it strikes."""
    if not strike.busy:
        return True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS ({strike.busy})")
            return cursor.fetchone()[0]
    except (OperationalError, InterfaceError):
        connection.close()
        return True


def _rest(product, played):
    """Wait until nothing moves; answers how many seconds that took."""
    began = time.monotonic()
    while moving := _moving(product):
        if time.monotonic() - began > REST_SECONDS:
            played.violations.append(("Everything comes to rest.", [str(moving)]))
            break
        product.tend()
        time.sleep(REST_LOOK_SECONDS)
    return time.monotonic() - began


def _moving(product):
    try:
        resting.hurry()
        away = {f"web {port}": 1 for port in product.ports if not up.answers("127.0.0.1", port)}
        return resting.moving() or away
    except (OperationalError, InterfaceError):
        connection.close()
        return {"database": 1}
