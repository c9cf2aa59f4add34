"""A round: flows at once, faults at random moments of it, rest, and a look at everything."""

import random
import threading
import time
from dataclasses import dataclass, field

from django.db import OperationalError, connection

from tests.chaos import invariants, resting
from tests.chaos.faults import FAULTS
from tests.chaos.flows import FLOWS
from tests.chaos.ledger import Ledger
from tests.chaos.turn import Turn

MOST_FLOWS, MOST_FAULTS = 5, 2
# Faults strike within this many seconds from the round's begin.
STRIKES_WITHIN = 1.5
LOOK_SECONDS = 0.05
REST_SECONDS = 60.0


@dataclass
class Round:
    """What was done in one round, and what was found broken after it."""

    number: int
    flows: list = field(default_factory=list)
    faults: list = field(default_factory=list)
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
    actions = _choose_faults(played, dice, product)
    _until_over(threads, actions, product, began)
    played.rested = _rest(product, played)
    played.violations += invariants.check(ledger)
    played.seconds = time.monotonic() - began
    return played


def _begin_flows(played, seed, dice, world, ledger):
    threads = []
    for place in range(dice.randint(1, MOST_FLOWS)):
        name = dice.choice(list(FLOWS))
        own = random.Random(f"{seed}/{played.number}/{place}")
        turn = Turn(name, world, ledger, own)
        threads.append(threading.Thread(target=turn.act, args=(lambda t=turn: FLOWS[t.name](t),)))
        played.flows.append(name)
    for thread in threads:
        thread.start()
    return threads


def _choose_faults(played, dice, product):
    actions = []
    for _fault in range(dice.randint(1, MOST_FAULTS)):
        name = dice.choice(list(FAULTS))
        played.faults.append(name)
        actions += FAULTS[name](product, dice, dice.uniform(0, STRIKES_WITHIN))
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
        return resting.moving()
    except OperationalError:
        connection.close()
        return {"database": 1}
