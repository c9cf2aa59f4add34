"""What goes wrong in a round: a fault is actions at moments of it, done by the main thread.

Each answers [(moment in seconds, action)], for the first moment that it is given.
"""

import os
import signal
from functools import partial
from pathlib import Path

from tests.chaos.lines import Trouble

# A line breaks after so many bytes at most: a handshake of SSH takes some thousands.
MOST_BYTES = 8_000


def killed(kind, product, sinks, dice, moment):
    """kill -9 of one of a pair, its children included; its supervisor starts it again."""
    victim = dice.choice(product.of_kind(kind))
    if kind in ("worker", "soon") and dice.random() < 0.3:
        return [(moment, partial(_kill_child, victim))]
    return [(moment, victim.kill)]


def _kill_child(victim):
    """Only the child that carries out tasks."""
    for pid in Path(f"/proc/{victim.pid}/task/{victim.pid}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def broker_emptied(product, sinks, dice, moment):
    """FLUSHALL."""
    return [(moment, product.flush_valkey)]


def broker_restarted(product, sinks, dice, moment):
    """Stopped and started at once."""
    return [(moment, product.stop_valkey), (moment, product.start_valkey)]


def broker_stopped(product, sinks, dice, moment):
    """Away for some seconds, at times for ten."""
    seconds = 10.0 if dice.random() < 0.1 else dice.uniform(0.5, 3.0)
    return [(moment, product.stop_valkey), (moment + seconds, product.start_valkey)]


def database_restarted(product, sinks, dice, moment):
    """Immediate mode: every transaction is cut."""
    return [(moment, product.restart_postgres)]


def line_broken(product, sinks, dice, moment):
    """A target refuses, hangs, or cuts the line somewhere; for a while."""
    line = sinks.lines[dice.choice(list(sinks.lines))]
    what = dice.choice(("refuse", "hang", "cut", "cut"))
    trouble = Trouble(what, dice.choice((0, dice.randrange(MOST_BYTES), dice.randrange(800))))
    return [
        (moment, partial(line.suffer, trouble)),
        (moment + dice.uniform(0.5, 2.0), line.calm),
    ]


def target_failing(product, sinks, dice, moment):
    """A target answers 500 or 410, or what a mail server says instead."""
    place = dice.choice((*sinks.places, "smtp"))
    bad = dice.random() < 0.7
    says, answer = sinks.http.says, 500 if bad else 410
    if place == "smtp":
        says, place = sinks.smtp.says, dice.choice(("MAIL", "DATA"))
        answer = "451 later" if bad else "550 no"
    return [
        (moment, partial(says.__setitem__, place, answer)),
        (moment + dice.uniform(0.5, 2.0), partial(says.pop, place, None)),
    ]


FAULTS = {
    **{
        f"{kind} killed": partial(killed, kind)
        for kind in ("worker", "soon", "ticks", "sender", "batches", "beat", "web")
    },
    "broker emptied": broker_emptied,
    "broker restarted": broker_restarted,
    "broker stopped": broker_stopped,
    "database restarted": database_restarted,
    "line broken": line_broken,
    "target failing": target_failing,
}
# How often each is chosen, where it is not once: what is promised about others' servers is much.
OFTEN = {"line broken": 4, "target failing": 2, "worker killed": 2, "batches killed": 2}


def choose(dice):
    names = list(FAULTS)
    return dice.choices(names, [OFTEN.get(name, 1) for name in names])[0]
