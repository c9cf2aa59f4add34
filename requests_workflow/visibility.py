"""What a partner may see of requests; the fields asked for have theirs in `wanted.FIELDS`.

Columns, filters, sorts, search and exports of the Explorer are built from it (platform.md,
"People"): no advertiser, no revenue, no staff's names; of why a request failed only what says
nothing of others' conversions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from convertr.accounts.models import User
from convertr.jobs.texts import render
from requests_workflow.rules import WITHDRAWN

HIDDEN_FROM_PARTNERS = frozenset(
    {"advertiser", "partner", "revenue", "decided_by", "request_id", "failure"}
)
# Failures that a partner may read as they are.
PUBLIC_FAILURES = frozenset({"conversion_changed", "partner_not_on_offer", "request_failed"})
# The `move_note` of an acceptance in spite of a conflict.
ANYWAY = "anyway"
DUPLICATES = frozenset({"duplicate_request_id", "duplicate_order"})


def shown_to(user: User, names: Iterable[str]) -> list[str]:
    """The names that this person may see, in the order given."""
    return [name for name in names if not user.is_partner or name not in HIDDEN_FROM_PARTNERS]


def person_shown_to(user: User, person: User | None) -> str:
    """A person's name; to a partner only its own people have one."""
    if person is None:
        return ""
    if user.is_partner and person.partner_id != user.partner_id:
        return _("The network")
    return str(person)


def failure_text(code: str, params: Mapping[str, Any], user: User) -> str:
    """Why a request failed or would be refused, as a sentence that this person may read."""
    if not code:
        return ""
    if not user.is_partner or code in PUBLIC_FAILURES:
        text = render(code, params)
    elif code in DUPLICATES:
        text = _("there is such a conversion already")
    else:
        text = _("the conversion can't be changed now")
    return f"{text[:1].upper()}{text[1:]}."


def reason_text(reason: str) -> str:
    """Why it was rejected, in words."""
    return _("Withdrawn") if reason == WITHDRAWN else reason
