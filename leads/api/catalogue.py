"""Why leads are flagged: the catalogue's reasons and categories."""

from typing import Annotated, Any, Literal

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from convertr.accounts.models import Role, Scope
from convertr.audit.entries import note
from convertr.errors import DomainError
from convertr.http_api import hydra
from convertr.http_api.access import Refused, allowed, network_key
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import storable
from leads.access import VIEW
from leads.api.types import REFUSALS, WRITE_REFUSALS, CategoriesOut, CategoryOut, ReasonsOut
from leads.models import Entry, Flag, FlagReason, FlagReasonCategory

router = Router(auth=network_key, tags=["Reasons"])
FlagName = Literal["valid", "invalid", "test"]


class FlagIn(Schema):
    name: FlagName | None = Field(default=None, alias="leadFlag.name")


class CategoryIn(Schema):
    code: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")] = Field(
        examples=["wrong-number"]
    )
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]


@router.get(
    "/lead-flag-reasons",
    response={200: ReasonsOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("ReasonsOut"),
    url_name="lead_flag_reasons",
)
def reasons(
    request: HttpRequest,
    flag: Query[FlagIn],
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """The reasons that can be given, of all flags or of one."""
    return _listed(request, FlagReason, flag, page, itemsPerPage)


@router.get(
    "/lead-flag-reason-categories",
    response={200: CategoriesOut, **REFUSALS},
    by_alias=True,
    openapi_extra=hydra.documented("CategoriesOut"),
    url_name="lead_flag_reason_categories",
)
def categories(
    request: HttpRequest,
    flag: Query[FlagIn],
    page: str = "",
    itemsPerPage: str = "",  # noqa: N803
) -> HttpResponse:
    """The categories of returned leads."""
    return _listed(request, FlagReasonCategory, flag, page, itemsPerPage)


@router.post(
    "/lead-flag-reason-categories",
    response={201: CategoryOut, **WRITE_REFUSALS},
    by_alias=True,
    url_name="lead_flag_reason_categories",
)
@idempotent
def add_category(request: HttpRequest, body: CategoryIn) -> HttpResponse:
    """Add a category of returned leads; for administrators' keys."""
    actor = allowed(request, Scope.LEADS, VIEW)
    if actor.role != Role.ADMIN:
        raise Refused(_("Only administrators add to the catalogue."))
    try:
        with transaction.atomic():
            made = FlagReasonCategory.objects.create(
                flag=Flag.INVALID, code=body.code, text=body.name
            )
            note("flag_reason_category.added", f"category {made.pk}")
    except IntegrityError:
        raise DomainError("category_exists", _("A category has this code already.")) from None
    return JsonResponse(_record(made), status=201)


def _listed(
    request: HttpRequest,
    model: type[FlagReason] | type[FlagReasonCategory],
    flag: FlagIn,
    page: str,
    size: str,
) -> HttpResponse:
    allowed(request, Scope.READ, VIEW)
    wanted = hydra.page_of(page, size)
    found = model._default_manager.filter(retired=False).order_by("flag", "text", "id")
    if flag.name:
        found = found.filter(flag=flag.name)
    total = found.count()
    rows = found[wanted.start : wanted.end] if wanted.start < total else found.none()
    return hydra.collection(request, [_record(row) for row in rows], total=total, page=wanted)


def _record(entry: Entry) -> dict[str, Any]:
    is_reason = isinstance(entry, FlagReason)
    kind = "LeadFlagReason" if is_reason else "LeadFlagReasonCategory"
    path = "lead-flag-reasons" if is_reason else "lead-flag-reason-categories"
    record = {
        "@id": f"/api/v4/{path}/{entry.pk}",
        "@type": kind,
        "id": entry.pk,
        "code": entry.code,
        "name": entry.text,
        "leadFlag": {"name": entry.flag},
    }
    return {**record, "returned": entry.returned} if isinstance(entry, FlagReason) else record
