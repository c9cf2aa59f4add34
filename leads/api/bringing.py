"""POST /api/v4/leads, and the same as a form: leads coming in (leads.md, "Coming in")."""

from collections.abc import Sequence
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Body, Router
from pydantic import WithJsonSchema

from convertr.accounts.access import require
from convertr.accounts.models import Scope, User
from convertr.errors import DomainError
from convertr.http_api.access import allowed, any_key
from convertr.http_api.idempotency import idempotent
from convertr.http_api.types import Id, Problem
from convertr.network.models import Campaign, Partner
from leads.api.incoming import (
    MOST_LEADS,
    MOST_TOLD,
    FieldProblem,
    Incoming,
    InvalidLeads,
    LeadIn,
    of_field,
    read,
    read_form,
)
from leads.api.types import WRITE_REFUSALS, CreatedListOut, CreatedOut, InvalidOut
from leads.intake import RefusedError, take_in

router = Router(auth=any_key, tags=["Leads coming in"])
PERMISSION = "jobs.import_data"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_ONE = LeadIn.model_json_schema()
_MANY = {"type": "array", "items": _ONE, "minItems": 1, "maxItems": MOST_LEADS}
Brought = Annotated[Any, WithJsonSchema({"anyOf": [_ONE, _MANY]})]
_FORM = {
    "type": "object",
    "properties": {
        "channel": {"type": "string", "maxLength": 60},
        "linkId": {"type": "string", "maxLength": 100},
        "ip": {"type": "string"},
        "optIn": {"type": "string", "enum": ["1", "0", "true", "false"]},
        "replacement": {"type": "string", "enum": ["1", "0", "true", "false"]},
    },
    "patternProperties": {r"^form\[.+\]$": {"type": "string"}},
    "additionalProperties": False,
}
FormFields = Annotated[dict[str, Any], WithJsonSchema(_FORM)]
REFUSALS = {**WRITE_REFUSALS, 400: InvalidOut | Problem}


@router.post("/leads", response={201: CreatedListOut, **REFUSALS}, url_name="bring_leads")
@idempotent
def bring(request: HttpRequest, body: Body[Brought]) -> HttpResponse:
    """Bring a lead, or an array of up to 1,000: all of them come in, or none.

    Answered when they are stored; they are processed within seconds. A partner's key brings its
    own leads only.
    """
    actor = _may_bring(request)
    ids = _take_in(actor, read(body))
    return _created(ids if isinstance(body, list) else ids[0])


@router.post(
    "/publisher/{partner_id}/campaign/{campaign_id}/leads",
    response={201: CreatedOut, **REFUSALS},
    openapi_extra={"requestBody": {"content": {kind: {"schema": _FORM} for kind in FORMS}}},
    url_name="bring_form",
)
@idempotent
def bring_form(
    request: HttpRequest,
    partner_id: Id,
    campaign_id: Id,
    body: Body[FormFields],
) -> HttpResponse:
    """Bring one lead as a form: form[email]=…, form[firstName]=…; channel, linkId, ip, optIn and
    replacement stand beside."""
    actor = _may_bring(request)
    [made] = _take_in(actor, read_form(body, campaign=campaign_id, publisher=partner_id))
    return _created(made)


def _may_bring(request: HttpRequest) -> User:
    """A partner's people bring their own leads, the network's those that they may import."""
    actor = allowed(request, Scope.LEADS)
    if not actor.is_partner:
        require(actor, PERMISSION)
    return actor


def _take_in(actor: User, brought: Sequence[Incoming]) -> list[int]:
    """Store all or none; answers the ids in the order given. Http404, InvalidLeads."""
    campaigns = Campaign.objects.in_bulk({one.campaign for one in brought})
    partners = _partners(actor, brought)
    groups: dict[tuple[int, int], list[int]] = {}
    for at, one in enumerate(brought):
        if one.campaign not in campaigns:
            raise Http404(_("No campaign has the ID %(id)s.") % {"id": one.campaign})
        groups.setdefault((one.campaign, partners[at].pk), []).append(at)
    ids: dict[int, int] = {}
    problems: list[FieldProblem] = []
    with transaction.atomic():
        for (campaign, _partner), places in groups.items():
            group = [brought[at] for at in places]
            try:
                made = take_in(
                    campaign=campaigns[campaign],
                    partner=partners[places[0]],
                    leads=[one.lead for one in group],
                )
            except DomainError as refused:
                problems += _problems(refused, group)
            else:
                ids.update(zip(places, made, strict=True))
        if problems:
            raise InvalidLeads(problems)
    return [ids[at] for at in range(len(brought))]


def _partners(actor: User, brought: Sequence[Incoming]) -> list[Partner]:
    """Whose each lead is: of a partner's key its own; another's isn't there."""
    named = {one.publisher for one in brought if one.publisher is not None}
    own = actor.partner
    known = {own.pk: own} if own else Partner.objects.in_bulk(named)
    if missing := named - set(known):
        raise Http404(_("No publisher has the ID %(id)s.") % {"id": min(missing)})
    text = _("Give the publisher: whose lead it is.")
    unsaid = [one for one in brought if one.publisher is None and own is None]
    if unsaid:
        raise InvalidLeads([FieldProblem("publisher", text, one.place) for one in unsaid])
    return [own or known[one.publisher or 0] for one in brought]


def _problems(refused: DomainError, group: Sequence[Incoming]) -> list[FieldProblem]:
    if isinstance(refused, RefusedError):
        return [
            of_field(problem, group[one.place].place)
            for one in refused.refused
            for problem in one.problems
        ]
    return [FieldProblem("campaign", str(refused), one.place) for one in group]


def _created(data: int | list[int]) -> HttpResponse:
    body = {"code": 201, "message": "Lead was created successfully", "data": data}
    return JsonResponse(body, status=201)


def invalid(request: HttpRequest, exc: Any) -> HttpResponse:
    """The answer to InvalidLeads: what is wrong with which field, a thousand things at most."""
    ordered = sorted(exc.problems, key=lambda one: one.place or 0)
    data = [one.told() for one in ordered[:MOST_TOLD]]
    return JsonResponse({"code": 400, "message": "Validation failed", "data": data}, status=400)
