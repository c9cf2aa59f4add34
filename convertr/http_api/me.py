"""Whose key this is: what a connector asks to see that it works."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from convertr.accounts.models import ApiKey
from convertr.http_api.access import any_key
from convertr.http_api.types import Error

router = Router(auth=any_key, tags=["Key"])


class MeOut(Schema):
    key: str
    user: str
    role: str
    partner_id: int | None
    scopes: list[str]


@router.get("/me", response={200: MeOut, 401: Error, 429: Error}, url_name="me")
def me(request: HttpRequest) -> dict[str, Any]:
    """The key's name, its person, their role, and the scopes (none: all that the person may)."""
    key: ApiKey = request.api_key  # type: ignore[attr-defined]
    person = key.user
    return {
        "key": key.name,
        "user": str(person),
        "role": person.role,
        "partner_id": person.partner_id,
        "scopes": key.scopes,
    }
