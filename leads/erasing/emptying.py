"""Taking everything personal out of a lead's own rows: some statements for any number of leads.

What is counted and paid by stays: campaign, partner, status, score, round, deliveries, times.
"""

import logging
from collections.abc import Collection
from typing import Any, Protocol

import pgtrigger
from django.db import connection

from leads.models import LeadEvent
from leads.rules import BEING_SENT, ERASED

log = logging.getLogger(__name__)
NOT_FOUND = "lead_not_found"
APPEND_ONLY = "leads.LeadEvent:append_only"
_HOLD = """
SELECT id, erased_at IS NOT NULL FROM leads_lead WHERE id = ANY(%(ids)s)
ORDER BY id FOR NO KEY UPDATE
"""
_SENDING = """
SELECT DISTINCT lead_id FROM leads_leaddelivery WHERE lead_id = ANY(%(ids)s) AND state = 'sending'
"""
_EMPTY = """
UPDATE leads_lead SET data = '{}', received = '{}', ip = NULL, link_id = '', channel = '',
    opt_in = false, own_reason = '', comment = '', replacement_comment = '',
    processing = CASE processing WHEN 'queued' THEN 'complete' ELSE processing END,
    erased_at = now(), updated_at = now(), version = version + 1
WHERE id = ANY(%(ids)s)
"""
_RUNS = "UPDATE leads_leadrun SET verdicts = '[]', error = '' WHERE lead_id = ANY(%(ids)s)"
_WITHDRAW = """
UPDATE leads_leaddelivery SET state = 'withdrawn', changed_at = now()
WHERE lead_id = ANY(%(ids)s) AND state IN ('queued', 'removed')
"""
_FINGERPRINTS = "DELETE FROM leads_fingerprint WHERE lead_id = ANY(%(ids)s) RETURNING digest"
_SEARCHES = """
DELETE FROM leads_keptsearch WHERE EXISTS (
    SELECT FROM jsonb_array_elements(digests) way, jsonb_array_elements_text(way) digest
    WHERE digest::uuid = ANY(%(digests)s)
)
"""
# Whoever judges by a fingerprint makes the row if there is none, then holds it: with the table
# locked, nobody is between the two.
_STOP_MAKING = "LOCK TABLE leads_fingerprintlock IN SHARE ROW EXCLUSIVE MODE"
_LOCKS = """
DELETE FROM leads_fingerprintlock l WHERE digest = ANY(%(digests)s)
    AND NOT EXISTS (SELECT FROM leads_fingerprint f WHERE f.digest = l.digest)
"""
_REMEMBER = """
INSERT INTO leads_erasing (lead_id, by_age)
SELECT id, %(by_age)s FROM unnest(%(ids)s::bigint[]) id
"""


class Keeper(Protocol):
    """An app that keeps copies of leads, such as files that are sent."""

    def under_way(self, leads: Collection[int]) -> set[int]:
        """Those that are in something that is being sent; until the transaction ends, no more are.

        Called before any of these leads is held.
        """

    def forget(self, leads: Collection[int]) -> set[int]:
        """Remove what it keeps of leads whose own data is gone; those that it can't let go yet."""


keepers: list[Keeper] = []


def register_keeper(keeper: Keeper) -> None:
    """Have it asked and told of leads that are erased."""
    keepers.append(keeper)


def empty(ids: Collection[int], *, by_age: bool = False) -> tuple[list[int], dict[int, str]]:
    """Empty these leads, in `recorded()`; answers which were, and a code for each that was not.

    Codes: lead_not_found, erased (before), being_sent. Deleted leads are emptied like others.
    """
    sending = {lead for keeper in keepers for lead in keeper.under_way(ids)}
    refused = dict.fromkeys(ids, NOT_FOUND)
    values: dict[str, Any] = {"ids": list(ids), "by_age": by_age}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        held = dict(cursor.fetchall())
        cursor.execute(_SENDING, values)
        sending |= {lead for (lead,) in cursor.fetchall()}
        for lead, erased in held.items():
            refused[lead] = ERASED if erased else BEING_SENT if lead in sending else ""
        going = sorted(lead for lead, code in refused.items() if not code)
        if going:
            _write(cursor, {**values, "ids": going})
    return going, {lead: code for lead, code in refused.items() if code}


def _write(cursor: Any, values: dict[str, Any]) -> None:
    # Ids are nothing personal, and say after a restore what is to be erased again.
    log.info("Leads are erased: %s", values["ids"])
    for statement in (_EMPTY, _RUNS, _WITHDRAW, _REMEMBER, _FINGERPRINTS):
        cursor.execute(statement, values)
    digests = [digest for (digest,) in cursor.fetchall()]
    with pgtrigger.ignore(APPEND_ONLY, databases=["default"]):
        events = LeadEvent.objects.filter(pgh_obj__in=values["ids"])
        events.update(own_reason="", comment="", replacement_comment="")
    if digests:
        cursor.execute(_SEARCHES, {"digests": digests})
        cursor.execute(_STOP_MAKING)
        cursor.execute(_LOCKS, {"digests": digests})
