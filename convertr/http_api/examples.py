"""First calls to copy, for the kind of key that a person has."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.ui.registry import Text

PLACEHOLDER = "YOUR_KEY"
NETWORK, PARTNER = "/v1/networks/reporting/conversions", "/v1/affiliates/reporting/conversions"
REQUESTS = "/v1/conversion-requests"
LEADS = "/api/v4/leads"
UTC_ID = 67
VIEW_LEADS = "leads.view_leads"


@dataclass(frozen=True)
class Example:
    """A command for a shell, and what it does."""

    title: Text
    command: str


def first_calls(user: User, site: str) -> list[Example]:
    """What this person's keys may do, at the address `site` (without a slash at its end)."""
    whose = Example(_("Whose key this is"), _curl(site, "/v1/me"))
    today = timezone.localdate()
    last_week = {
        "from": str(today - timedelta(days=7)),
        "to": str(today),
        "timezone_id": UTC_ID,
        "show_conversions": True,
        "show_events": True,
    }
    if user.is_partner:
        own = Example(_("Your conversions of the last week"), _curl(site, PARTNER, last_week))
        asked = {
            "request_type": "CHANGE",
            "conversion_id": "CONVERSION_UUID",
            "status": "approved",
        }
        lead = {"campaign": 1, "leadData": {"email": "ada@example.com"}}
        return [
            whose,
            own,
            Example(_("Bring a lead to campaign 1"), _curl(site, LEADS, lead)),
            Example(_("Ask for a change"), _curl(site, REQUESTS, asked)),
        ]
    change = {"conversion_ids": ["CONVERSION_UUID"], "conversion_status": "approved"}
    return [
        whose,
        Example(_("Conversions of the last week"), _curl(site, NETWORK, last_week)),
        Example(_("Approve a conversion"), _curl(site, NETWORK, change, method="PATCH")),
        Example(_("Requests that wait for a decision"), _curl(site, f"{REQUESTS}?status=inquired")),
        *(
            [Example(_("The newest leads"), _curl(site, LEADS))]
            if user.has_perm(VIEW_LEADS)
            else []
        ),
    ]


def _curl(site: str, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> str:
    key = f"-H 'X-Eflow-API-Key: {PLACEHOLDER}'"
    if body is None:
        return _joined(f"curl '{site}{path}'", key)
    kind = "-H 'Content-Type: application/json'"
    return _joined(f"curl -X {method} '{site}{path}'", key, kind, f"-d '{json.dumps(body)}'")


def _joined(*lines: str) -> str:
    return " \\\n  ".join(lines)
