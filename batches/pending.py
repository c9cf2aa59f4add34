"""What waits for integrations: worked out at the moment of asking, as a batch would take it."""

from collections.abc import Collection, Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches import mapping
from batches.models import Integration, Removal
from batches.services import require_sender
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.audit.entries import note
from convertr.errors import DomainError
from leads import deliveries
from leads.models import Lead

LONGEST_REASON = 255
_COUNT = f"""
SELECT d.integration, count(*) FROM leads_leaddelivery d JOIN leads_lead l ON l.id = d.lead_id
WHERE d.integration = ANY(%(ids)s) AND {deliveries.WAITS} GROUP BY 1
"""  # noqa: S608  a part of this project
_CELLS = """
SELECT l.id, {cells} FROM leads_lead l
JOIN network_campaign c ON c.id = l.campaign_id
JOIN network_partner p ON p.id = l.partner_id
WHERE l.id = ANY(%s) ORDER BY l.id
"""


def counts(ids: Collection[int]) -> dict[int, int]:
    """How many leads wait for each of these integrations; those without any are left out."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"ids": list(ids)})
        return dict(cursor.fetchall())


def leads_of(integration: Integration) -> QuerySet[Lead]:
    """The leads that the next batch would take, in the order of their ids."""
    return deliveries.waiting(integration.pk)


def removed_from(integration: Integration) -> QuerySet[Removal]:
    """Those that were taken off its list, the newest first."""
    return integration.removals.select_related("removed_by").order_by("-removed_at", "-pk")


def cells(
    pairs: Iterable[mapping.Pair], lead_ids: Collection[int], *, zone: str
) -> dict[int, list[str]]:
    """The lines of these leads as a file would have them now, by lead, in the order of ids."""
    shown, given = mapping.columns_sql(pairs, now=timezone.now(), zone=zone)
    with connection.cursor() as cursor:
        cursor.execute(_CELLS.format(cells=shown), [*given, list(lead_ids)])
        return dict(cursor.fetchall())


def remove(
    *, actor: User, integration: Integration, lead_ids: Collection[int], reason: str
) -> list[int]:
    """Take leads off the list, saying why; answers those that were on it."""
    require_sender(actor)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise DomainError("no_reason", _("Say why, in up to 255 characters."))
    with recorded():
        done = deliveries.remove(integration.pk, lead_ids)
        Removal.objects.bulk_create(
            [
                Removal(integration=integration, lead_id=lead, reason=reason, removed_by=actor)
                for lead in done
            ],
            update_conflicts=True,
            unique_fields=["integration", "lead_id"],
            update_fields=["reason", "removed_by", "removed_at"],
        )
        if done:
            note("batch.leads_removed", f"integration {integration.pk}", leads=len(done))
    return done


def put_back(*, actor: User, integration: Integration, lead_ids: Collection[int]) -> list[int]:
    """Put removed leads on the list again; answers those that were off it."""
    require_sender(actor)
    with recorded():
        done = deliveries.put_back(integration.pk, lead_ids)
        integration.removals.filter(lead_id__in=lead_ids).delete()
        if done:
            note("batch.leads_put_back", f"integration {integration.pk}", leads=len(done))
    return done
