"""Addresses and bodies of the calls that read conversions."""

from datetime import UTC, datetime

NETWORK = "/v1/networks/reporting/conversions"
PARTNER = "/v1/affiliates/reporting/conversions"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def asked(**changes):
    """The body for all of 10 March 2026 in UTC."""
    return {
        "from": "2026-03-10",
        "to": "2026-03-10",
        "timezone_id": 67,
        "show_conversions": True,
        "show_events": True,
        **changes,
    }


def filters(*pairs):
    """The `query` of a body: (resource_type, filter_id_value), …"""
    return {"filters": [{"resource_type": k, "filter_id_value": v} for k, v in pairs]}


def terms(*pairs):
    """The `query` of a body: (search_type, value), …"""
    return {"search_terms": [{"search_type": k, "value": v} for k, v in pairs]}


def ids(answer):
    """The conversion_ids of a listing's page, in its order."""
    assert answer.status_code == 200, answer.content
    return [record["conversion_id"] for record in answer.json()["conversions"]]


def hexes(*conversions):
    return [conversion.uuid.hex for conversion in conversions]


def refusal(answer, status=400):
    """The text of a refusal."""
    assert answer.status_code == status, answer.content
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]
