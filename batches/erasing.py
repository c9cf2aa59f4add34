"""What batches keep of leads that are erased: lines are emptied, files that held them removed.

A file that was sent is kept to be proved and sent again, byte for byte. With one line less it would
be another file under the same name and digest; so it goes as a whole. Its batch, its other lines,
its digest and its attempts stay.
"""

from collections.abc import Collection
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection

from batches.building import FOLDER
from batches.models import Attempt, Batch, Integration, Removal
from batches.rules import OPEN
from leads.models import LeadDelivery

# Lines have no index by lead, but their leads ascend: in each batch, the places of the lowest
# number that is looked for and of the one after the highest are found by halving.
_LINES = """
WITH RECURSIVE step AS (
    SELECT b.id AS batch, bound.lead, 1 AS low, b.leads + 1 AS high
    FROM batches_batch b, unnest(%(bounds)s::bigint[]) AS bound (lead)
    WHERE b.integration_id = ANY(%(integrations)s) AND b.leads > 0
        AND (%(states)s::text[] IS NULL OR b.state = ANY(%(states)s))
    UNION ALL
    SELECT s.batch, s.lead, CASE WHEN l.lead_id < s.lead THEN half.seq + 1 ELSE s.low END,
        CASE WHEN l.lead_id < s.lead THEN s.high ELSE half.seq END
    FROM step s CROSS JOIN LATERAL (SELECT (s.low + s.high) / 2 AS seq) half
    JOIN batches_batchlead l ON l.batch_id = s.batch AND l.seq = half.seq
    WHERE s.low < s.high
),
place AS (
    SELECT batch, min(low) AS first, max(low) AS after FROM step WHERE low = high GROUP BY batch
)
SELECT l.batch_id, l.seq, l.lead_id FROM place p JOIN batches_batchlead l
    ON l.batch_id = p.batch AND l.seq >= p.first AND l.seq < p.after
WHERE l.lead_id = ANY(%(leads)s)
"""
_EMPTY = """
UPDATE batches_batchlead l SET cells = array_fill(''::text, ARRAY[cardinality(l.cells)])
FROM unnest(%(batches)s::bigint[], %(seqs)s::int[]) AS line (batch, seq)
WHERE l.batch_id = line.batch AND l.seq = line.seq
"""


class Files:
    """What this app tells leads.erasing."""

    def under_way(self, leads: Collection[int]) -> set[int]:
        """Those in a file that is being built or sent, if only once more.

        Whoever claims holds the integration: while we do, no file of it is begun.
        """
        ids = _integrations(leads)
        list(Integration.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        return {lead for _batch, _seq, lead in _lines(ids, leads, states=OPEN)}

    def forget(self, leads: Collection[int]) -> set[int]:
        """Empty their lines and remove the files; those in a file that is being sent wait."""
        ids = _integrations(leads)
        lines = _lines(ids, leads)
        batches = Batch.objects.filter(pk__in={batch for batch, _seq, _lead in lines})
        open_ones = set[int]()
        for batch in batches.order_by("pk").select_for_update():
            if batch.state in OPEN:
                open_ones.add(batch.pk)
            else:
                _remove_file(batch)
        _empty([line for line in lines if line[0] not in open_ones])
        Removal.objects.filter(integration__in=ids, lead_id__in=leads).delete()
        return {lead for batch, _seq, lead in lines if batch in open_ones}


def _integrations(leads: Collection[int]) -> list[int]:
    """Where these leads were ever to go to."""
    to = LeadDelivery.objects.filter(lead__in=leads).order_by("integration")
    return list(to.values_list("integration", flat=True).distinct())


def _lines(
    integrations: Collection[int], leads: Collection[int], *, states: Collection[str] | None = None
) -> list[tuple[int, int, int]]:
    """(batch, place, lead) of each line of these leads, in batches of these states or of any."""
    if not integrations:
        return []
    values: dict[str, Any] = {
        "integrations": list(integrations),
        "leads": list(leads),
        "bounds": [min(leads), max(leads) + 1],
        "states": None if states is None else [str(state) for state in states],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, values)
        found: list[tuple[int, int, int]] = cursor.fetchall()
    return found


def _remove_file(batch: Batch) -> None:
    """Its file, one that a try left behind, and what a server said of it, which may repeat it."""
    for name in {batch.stored, f"{FOLDER}/{batch.pk}"} - {""}:
        default_storage.delete(name)
    Batch.objects.filter(pk=batch.pk).update(stored="")
    Attempt.objects.filter(batch=batch).update(words="")


def _empty(lines: Collection[tuple[int, int, int]]) -> None:
    if not lines:
        return
    batches, seqs, _leads = zip(*lines, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, {"batches": list(batches), "seqs": list(seqs)})
