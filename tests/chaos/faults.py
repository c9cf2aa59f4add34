"""What goes wrong in a round: a fault is strikes at moments of it, done by the main thread.

A strike waits for its moment and then, a while at most, for what it is to hit: a kill in the middle
of applying says more than one of an idle worker.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.lines import Trouble

# A line breaks after so many bytes at most: a handshake of SSH takes some thousands.
MOST_BYTES = 8_000
# What a process is doing, in SQL: the middle of it is when it is killed.
BUSY = {
    "worker": "SELECT FROM jobs_job WHERE state = 'running'",
    "soon": """SELECT FROM leads_lead WHERE processing = 'queued' AND deleted_at IS NULL
        UNION ALL SELECT FROM requests_workflow_conversionrequest WHERE status = 'accepted'""",
    "sender": "SELECT FROM conversions_postbackevent WHERE state = 'sending'",
    "batches": """SELECT FROM batches_batch WHERE state IN ('claimed', 'built', 'sending')
            OR NOT settled
        UNION ALL SELECT FROM batches_call WHERE state = 'sending'""",
}


@dataclass(frozen=True)
class Strike:
    """`busy`: SQL that has rows while there is something to hit."""

    moment: float
    act: Callable[[], None]
    busy: str = ""


def killed(kind, product, sinks, dice, moment):
    """kill -9 of one of a pair, its children included; its supervisor starts it again."""
    victim = dice.choice(product.of_kind(kind))
    act = victim.kill
    if kind in ("worker", "soon") and dice.random() < 0.3:
        act = partial(_kill_child, victim)
    return [Strike(moment, act, BUSY.get(kind, ""))]


def both_killed(kind, product, sinks, dice, moment):
    """Both of a pair at once, so that nobody is left to go on."""
    return [Strike(moment, one.kill, BUSY[kind]) for one in product.of_kind(kind)]


def _kill_child(victim):
    """Only the child that carries out tasks."""
    if victim.alive:
        for pid in Path(f"/proc/{victim.pid}/task/{victim.pid}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)


def broker_emptied(product, sinks, dice, moment):
    """FLUSHALL."""
    return [Strike(moment, product.flush_valkey)]


def broker_restarted(product, sinks, dice, moment):
    """Stopped and started at once."""
    return [Strike(moment, product.stop_valkey), Strike(moment, product.start_valkey)]


def broker_stopped(product, sinks, dice, moment):
    """Away for some seconds, at times for ten."""
    seconds = 10.0 if dice.random() < 0.1 else dice.uniform(0.5, 3.0)
    return [
        Strike(moment, product.stop_valkey),
        Strike(moment + seconds, product.start_valkey),
    ]


def database_restarted(product, sinks, dice, moment):
    """Immediate mode: every transaction is cut."""
    return [Strike(moment, product.restart_postgres, BUSY[dice.choice(list(BUSY))])]


def line_broken(product, sinks, dice, moment):
    """Targets refuse, hang, or cut the line somewhere, until the round's faults end."""
    what = dice.choice(("refuse", "hang", "cut", "cut"))
    trouble = Trouble(what, dice.choice((0, dice.randrange(MOST_BYTES), dice.randrange(800))))
    lines = dice.sample(list(sinks.lines.values()), dice.choice((1, 3)))
    return [Strike(moment / 2, partial(line.suffer, trouble)) for line in lines]


def target_failing(product, sinks, dice, moment):
    """A target answers 500 or 410, or what a mail server says instead, until the faults end."""
    place = dice.choice((*sinks.places, "smtp"))
    later = dice.random() < 0.7
    says, answer = sinks.http.says, 500 if later else 410
    if place == "smtp":
        says, place = sinks.smtp.says, dice.choice(("MAIL", "DATA"))
        answer = "451 later" if later else "550 no"
    return [Strike(moment / 2, partial(says.__setitem__, place, answer))]


FAULTS = {
    **{
        f"{kind} killed": partial(killed, kind)
        for kind in ("worker", "soon", "ticks", "sender", "batches", "beat", "web")
    },
    **{
        f"both of {kind} killed": partial(both_killed, kind)
        for kind in ("worker", "soon", "sender", "batches")
    },
    "broker emptied": broker_emptied,
    "broker restarted": broker_restarted,
    "broker stopped": broker_stopped,
    "database restarted": database_restarted,
    "line broken": line_broken,
    "target failing": target_failing,
}
# How often each is chosen, where it is not once.
OFTEN = {
    "line broken": 6,
    "target failing": 3,
    "worker killed": 2,
    "batches killed": 3,
    "database restarted": 2,
}


def choose(dice):
    names = list(FAULTS)
    return dice.choices(names, [OFTEN.get(name, 1) for name in names])[0]
