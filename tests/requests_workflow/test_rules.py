"""Every status, move, role, own or not: what is allowed, in one table (requests.md, "Statuses")."""

import itertools

import pytest

from requests_workflow import rules
from requests_workflow.rules import FORBIDDEN, FOUR_EYES, NO_WAY, Move, Status, Type, Who

RAISE = frozenset(rules.RAISE_PERMISSIONS.values())
ROLES = {
    "raiser": RAISE,
    "reader": frozenset(),
    "decider": RAISE | {rules.DECIDE},
    "owner": RAISE | {rules.DECIDE, rules.DECIDE_OWN},
}
DECISIONS = (Move.ACCEPT, Move.REJECT, Move.RETRY)
# From which statuses each move leads on, written down from the specification's table.
LEADS_ON = {
    (Move.ACCEPT, "inquired"): "accepted",
    (Move.REJECT, "inquired"): "rejected",
    (Move.REJECT, "failed"): "rejected",
    (Move.EDIT, "inquired"): "inquired",
    (Move.WITHDRAW, "inquired"): "rejected",
    (Move.REOPEN, "rejected"): "inquired",
    (Move.RETRY, "failed"): "accepted",
}


def expected(move, status, role, own):
    """The specification in words: who decides, who takes back, who asks again."""
    if move in DECISIONS:
        if role in ("raiser", "reader"):
            return FORBIDDEN
        if own and role == "decider":
            return FOUR_EYES
    elif move == Move.REOPEN:
        if not (role in ("decider", "owner") or (own and role == "raiser")):
            return FORBIDDEN
    elif not own or role == "reader":
        return FORBIDDEN
    return "" if (move, status) in LEADS_ON else NO_WAY


TABLE = list(itertools.product(Move, Status, ROLES, (True, False)))


@pytest.mark.parametrize(("move", "status", "role", "own"), TABLE)
def test_each_move_is_allowed_or_refused_as_written(move, status, role, own):
    who = Who(ROLES[role], is_raiser=own)

    told = rules.refusal(move, status=status, type_=Type.CHANGE, who=who)

    assert told == expected(move, status, role, own)


def test_transitions_are_those_of_the_table():
    found = {
        (move, str(source)): str(target)
        for move, steps in rules.TRANSITIONS.items()
        for source, target in steps.items()
    }

    assert found == LEADS_ON


def test_nothing_leads_out_of_processed():
    for role, own in itertools.product(ROLES, (True, False)):
        who = Who(ROLES[role], is_raiser=own)
        assert rules.moves(status="processed", type_=Type.CREATE, who=who) == []


def test_raising_one_kind_does_not_allow_the_other():
    who = Who({rules.RAISE_PERMISSIONS[Type.CREATE]}, is_raiser=True)

    assert rules.refusal(Move.EDIT, status="inquired", type_=Type.CREATE, who=who) == ""
    assert rules.refusal(Move.EDIT, status="inquired", type_=Type.CHANGE, who=who) == FORBIDDEN
