"""Integrations, batches and the lines of their files as the API tells them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from batches import mapping, pending, schedules
from batches.models import Batch, BatchLead, Integration
from batches.shown import next_run, when
from convertr.network.models import Campaign
from leads.api.records import moment


def integrations(rows: Sequence[Integration]) -> list[dict[str, Any]]:
    """Integrations with what waits for each, fetched with their campaign and advertiser."""
    counts = pending.counts([row.pk for row in rows])
    return [_integration(row, counts) for row in rows]


def batches(rows: Iterable[Batch]) -> list[dict[str, Any]]:
    """Batches, fetched with their integration, its campaign and advertiser."""
    return [_batch(row) for row in rows]


def waiting(integration: Integration, lead_ids: Collection[int]) -> list[dict[str, Any]]:
    """These leads as a file would have them now, in the order of their ids."""
    zone = schedules.read(integration.schedule).zone
    found = pending.cells(integration.fields, lead_ids, zone=zone)
    return [_line(lead, integration.fields, cells) for lead, cells in found.items()]


def lines(batch: Batch, rows: Iterable[BatchLead]) -> list[dict[str, Any]]:
    """Lines of a batch's file, as they were claimed."""
    return [_line(row.lead_id, batch.frozen["fields"], row.cells) for row in rows]


def _integration(row: Integration, counts: Mapping[int, int]) -> dict[str, Any]:
    return {
        "@id": f"/api/v4/batch-manager/{row.pk}",
        "@type": "BatchManager",
        "id": row.pk,
        "label": row.label,
        "kind": row.kind,
        "active": row.active,
        **_parties(row.campaign),
        "leads": counts.get(row.pk, 0),
        "schedule": when(row).words,
        "nextRun": moment(next_run(row)),
    }


def _batch(row: Batch) -> dict[str, Any]:
    return {
        "@id": f"/api/v4/campaign-lead-batches/{row.pk}",
        "@type": "CampaignLeadBatch",
        "id": row.pk,
        "label": row.integration.label,
        **_parties(row.integration.campaign),
        "leads": row.leads,
        "sentTs": moment(row.sent_at),
        "state": row.state,
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
    }


def _parties(campaign: Campaign) -> dict[str, Any]:
    ends_on = campaign.ends_on
    return {
        "advertiser": {"id": campaign.advertiser_id, "name": campaign.advertiser.name},
        "campaign": {
            "id": campaign.pk,
            "name": campaign.name,
            "endDate": ends_on.isoformat() if ends_on else None,
        },
    }


def _line(lead: int, pairs: Iterable[mapping.Pair], cells: Sequence[str]) -> dict[str, Any]:
    named = zip(pairs, cells, strict=True)
    return {
        "@id": f"/api/v4/leads/{lead}",
        "@type": "BatchLead",
        "id": lead,
        "leadData": [{"name": header, "value": cell} for (header, _source), cell in named],
    }
