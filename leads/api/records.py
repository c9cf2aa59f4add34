"""Leads as the API tells them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from leads.models import CampaignField, Lead

# What records need besides the lead.
RELATED = ("campaign__advertiser", "partner")


def records(leads: Sequence[Lead]) -> list[dict[str, Any]]:
    """These leads, fetched with RELATED; their data in the order of the campaigns' fields."""
    orders = _field_orders({lead.campaign_id for lead in leads})
    return [_record(lead, orders[lead.campaign_id]) for lead in leads]


def _field_orders(campaigns: set[int]) -> defaultdict[int, list[str]]:
    orders: defaultdict[int, list[str]] = defaultdict(list)
    fields = CampaignField.objects.filter(campaign__in=campaigns).order_by("position", "id")
    for campaign, name in fields.values_list("campaign_id", "name"):
        orders[campaign].append(name)
    return orders


def _record(lead: Lead, order: Iterable[str]) -> dict[str, Any]:
    advertiser = lead.campaign.advertiser
    # A field that the campaign has no more comes last.
    names = dict.fromkeys([*(name for name in order if name in lead.data), *lead.data])
    return {
        "@id": f"/api/v4/leads/{lead.pk}",
        "@type": "Lead",
        "id": lead.pk,
        "leadHash": str(lead.hash),
        "status": lead.status,
        "processing": lead.processing,
        "delivered": lead.delivered,
        "billable": lead.is_billable_to_partner,
        "billableToAdvertiser": lead.is_billable,
        "score": None if lead.score is None else f"{lead.score:f}",
        "hardfail": lead.hardfail,
        "campaign": {"id": lead.campaign_id, "name": lead.campaign.name},
        "advertiser": {"id": advertiser.pk, "name": advertiser.name},
        "publisher": {"id": lead.partner_id, "name": lead.partner.name},
        "channel": lead.channel,
        "linkId": lead.link_id,
        "otherReasonType": lead.replacement,
        "reason": lead.reason_code,
        "ownReason": lead.own_reason,
        "reasonCategory": lead.reason_category,
        "comment": lead.comment,
        "createdTs": moment(lead.created_at),
        "updatedTs": moment(lead.updated_at),
        "firstDeliveredTs": moment(lead.first_delivered_at),
        "leadData": [{"name": name, "value": lead.data[name]} for name in names],
    }


def moment(at: datetime | None) -> str | None:
    """ISO 8601 with offset."""
    return at.astimezone(UTC).isoformat() if at else None
