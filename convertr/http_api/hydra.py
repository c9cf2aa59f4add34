"""Collections in Hydra JSON-LD: members, how many there are, where the other pages are."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Schema
from pydantic import ConfigDict, Field

from convertr.http_api import paging
from convertr.http_api.paging import Page

DEFAULT_SIZE, LARGEST_SIZE = 30, 1_000
CONTEXT = {"@vocab": "#", "hydra": "http://www.w3.org/ns/hydra/core#"}
JSON_LD, JSON = "application/ld+json", "application/json"


class ViewOut(Schema):
    """Where this page is, and the others."""

    id: str = Field(alias="@id")
    type: str = Field(alias="@type")
    first: str | None = Field(default=None, alias="hydra:first")
    last: str | None = Field(default=None, alias="hydra:last")
    previous: str | None = Field(default=None, alias="hydra:previous")
    next: str | None = Field(default=None, alias="hydra:next")


class CollectionOut(Schema):
    """What every collection has; each adds `member: list[…] = MEMBER`."""

    model_config = ConfigDict(populate_by_name=True)
    context: dict[str, str] = Field(alias="@context")
    id: str = Field(alias="@id")
    type: str = Field(alias="@type", examples=["hydra:Collection"])
    total: int = Field(alias="hydra:totalItems")
    view: ViewOut = Field(alias="hydra:view")


MEMBER: Any = Field(alias="hydra:member")


def page_of(page: str, items_per_page: str) -> Page:
    """The page asked for: 30 members unless told, 1,000 at most."""
    return paging.page_of(
        page, items_per_page, name="itemsPerPage", default=DEFAULT_SIZE, largest=LARGEST_SIZE
    )


def documented(schema: str) -> dict[str, Any]:
    """For OpenAPI: the same answer as JSON-LD, too."""
    content = {JSON_LD: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"responses": {200: {"content": content}}}


def collection(
    request: HttpRequest, members: list[dict[str, Any]], *, total: int, page: Page
) -> HttpResponse:
    """A page as JSON-LD; as plain JSON for who accepts only that."""
    accepted = request.headers.get("Accept", "")
    kind = JSON if JSON in accepted and JSON_LD not in accepted else JSON_LD
    body = {
        "@context": CONTEXT,
        "@id": request.path,
        "@type": "hydra:Collection",
        "hydra:member": members,
        "hydra:totalItems": total,
        "hydra:view": _view(request, page, total),
    }
    return JsonResponse(body, content_type=kind)


def _view(request: HttpRequest, page: Page, total: int) -> dict[str, str]:
    last = max(1, -(-total // page.size))
    places = {"hydra:first": 1, "hydra:last": last}
    if page.number > 1:
        places["hydra:previous"] = min(page.number - 1, last)
    if page.number < last:
        places["hydra:next"] = page.number + 1
    view = {"@id": _address(request, page.number), "@type": "hydra:PartialCollectionView"}
    return view | {name: _address(request, number) for name, number in places.items()}


def _address(request: HttpRequest, number: int) -> str:
    """This address with another page; the filters stay."""
    asked = [(name, value) for name, value in request.GET.items() if name != "page"]
    return f"{request.path}?{urlencode([*asked, ('page', number)])}"
