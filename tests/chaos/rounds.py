"""A round: flows at once, faults at random moments of it, rest, and a look at everything."""

import random
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from tests.chaos import faults, invariants, resting
from tests.chaos.flows import FLOWS
from tests.chaos.ledger import Ledger
from tests.chaos.turn import Turn

FEWEST_FLOWS, MOST_FLOWS, MOST_FAULTS = 3, 8, 3
# Flows begin and faults strike within these many seconds from the round's begin.
BEGIN_WITHIN, STRIKE_WITHIN = 0.6, 1.6
LOOK_SECONDS = 0.1
REST_SECONDS = 90.0


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
    threads = _begin_flows(played, seed, dice, world, ledger)
    actions = _choose_faults(played, dice, product, world.sinks)
    _until_over(threads, actions, product, began)
    world.sinks.calm()
    played.rested = _rest(product, played)
    played.errors = ledger.errors
    seen = invariants.Seen(ledger, world, world.sinks, product.ports, played.faults)
    played.violations += invariants.check(seen)
    played.seconds = time.monotonic() - began
    return played


def _begin_flows(played, seed, dice, world, ledger):
    threads = []
    for place in range(dice.randint(FEWEST_FLOWS, MOST_FLOWS)):
        name = dice.choice(list(FLOWS))
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
    actions = []
    for _fault in range(dice.randint(1, MOST_FAULTS)):
        name = faults.choose(dice)
        played.faults.append(name)
        actions += faults.FAULTS[name](product, sinks, dice, dice.uniform(0, STRIKE_WITHIN))
    return sorted(actions, key=lambda action: action[0])


def _until_over(threads, actions, product, began):
    """Let flows and faults have their time; what ended is started again meanwhile."""
    while actions or any(thread.is_alive() for thread in threads):
        while actions and time.monotonic() - began >= actions[0][0]:
            actions.pop(0)[1]()
        product.tend()
        time.sleep(LOOK_SECONDS)


def _rest(product, played):
    """Wait until nothing moves; answers how many seconds that took."""
    began = time.monotonic()
    while moving := _moving():
        if time.monotonic() - began > REST_SECONDS:
            played.violations.append(("Everything comes to rest.", str(moving)))
            break
        product.tend()
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def _moving():
    try:
        resting.hurry()
        return resting.moving()
    except (OperationalError, InterfaceError):
        connection.close()
        return {"database": 1}
