"""Reading what a call brings: one lead or many, as JSON or as the fields of a form.

All that is wrong is collected, so that a caller can mend it at once.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from convertr.http_api.types import Flag, storable
from convertr.jobs.texts import render
from leads.api.types import LeadId
from leads.intake import NewLead
from leads.validation import Problem

MOST_LEADS, MOST_TOLD = 1_000, 1_000
FORM_FIELD = re.compile(r"form\[(.+)\]", re.DOTALL)
NO_TEXT = "field_not_text"


def _address(text: str) -> str:
    """An IP address as the database takes it; empty for none."""
    if text:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise ValueError("is no IP address") from None
        if "%" in text:
            raise ValueError("names an interface")
    return text


class LeadIn(BaseModel):
    """A lead as JSON. What is null counts as left out."""

    model_config = ConfigDict(extra="forbid")
    campaign: LeadId
    publisher: LeadId | None = Field(
        default=None, description="The partner; a partner's key may leave it out."
    )
    leadData: dict[str, Any] = Field(  # noqa: N815
        description="The campaign's fields by name: texts or numbers.",
        json_schema_extra={"additionalProperties": {"type": ["string", "number", "null"]}},
    )
    channel: Annotated[str, Field(max_length=60), AfterValidator(storable)] | None = None
    linkId: Annotated[str, Field(max_length=100), AfterValidator(storable)] | None = None  # noqa: N815
    ip: Annotated[str, Field(max_length=45), AfterValidator(_address)] | None = None
    optIn: Flag | None = None  # noqa: N815
    replacement: Flag | None = None


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field; `place` is its lead's place in an array."""

    field: str
    message: str
    place: int | None = None

    def told(self) -> dict[str, str]:
        where = "" if self.place is None else f"[{self.place}]"
        joint = "." if where and self.field else ""
        return {"fieldName": f"{where}{joint}{self.field}", "message": self.message}


class InvalidLeads(Exception):  # noqa: N818  what the answer calls it
    """Leads that can't come in, and all that is wrong with them; nothing was stored."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("invalid leads")
        self.problems = problems


@dataclass(frozen=True)
class Incoming:
    """A lead that was read: whose it is, and what there is of it."""

    campaign: int
    publisher: int | None
    lead: NewLead
    place: int | None = None


def read(body: Any) -> list[Incoming]:
    """The leads of a JSON body: an object, or an array of 1 to 1,000. Raises InvalidLeads."""
    if not isinstance(body, list):
        return _read_all([(None, body)])
    if not 1 <= len(body) <= MOST_LEADS:
        text = _("Send 1 to %(most)s leads.") % {"most": f"{MOST_LEADS:,}"}
        raise InvalidLeads([FieldProblem("", text)])
    return _read_all(list(enumerate(body)))


def read_form(fields: Mapping[str, Any], *, campaign: int, publisher: int) -> list[Incoming]:
    """The lead of a form: `form[name]` are the campaign's fields, the rest stands beside them."""
    data: dict[str, Any] = {}
    beside: dict[str, Any] = {}
    for name, value in fields.items():
        # What the address says is not said again.
        if own := FORM_FIELD.fullmatch(name):
            data[own[1]] = value
        else:
            beside[name] = _flag(value) if name in ("optIn", "replacement") else value
    own_names = {"campaign": campaign, "publisher": publisher, "leadData": data}
    return _read_all([(None, {**beside, **own_names})])


def _flag(value: Any) -> Any:
    """What forms write for yes and no."""
    known = {"1": True, "true": True, "on": True, "yes": True}
    known |= {"": False, "0": False, "false": False, "off": False, "no": False}
    return known.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _read_all(given: Sequence[tuple[int | None, Any]]) -> list[Incoming]:
    found: list[Incoming] = []
    problems: list[FieldProblem] = []
    for place, one in given:
        try:
            body = LeadIn.model_validate(one)
        except ValidationError as refused:
            problems += [_of_body(error, place) for error in refused.errors(include_input=False)]
            continue
        data, wrong = _texts(body.leadData)
        problems += [of_field(Problem(n, NO_TEXT, {"field": n}), place) for n in wrong]
        found.append(Incoming(body.campaign, body.publisher, _lead(body, data), place))
    if problems:
        raise InvalidLeads(problems)
    return found


def _lead(body: LeadIn, data: dict[str, str]) -> NewLead:
    return NewLead(
        data,
        channel=body.channel or "",
        link_id=body.linkId or "",
        ip=body.ip or None,
        opt_in=bool(body.optIn),
        is_replacement=bool(body.replacement),
    )


def _texts(data: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The values as texts, and the names of those that are none."""
    texts, wrong = {}, []
    for name, value in data.items():
        if isinstance(value, str):
            texts[name] = value
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            texts[name] = f"{value:f}" if isinstance(value, Decimal) else str(value)
        elif value is not None:
            wrong.append(name)
    return texts, wrong


def _of_body(error: Any, place: int | None) -> FieldProblem:
    where = ".".join(str(part) for part in error["loc"][:1])
    return FieldProblem(_shown(where), error["msg"].removeprefix("Value error, "), place)


def of_field(problem: Problem, place: int | None) -> FieldProblem:
    """A problem with one of the campaign's fields."""
    text = render(problem.code, problem.params)
    return FieldProblem(f"form[{_shown(problem.field)}]", f"{text[:1].upper()}{text[1:]}.", place)


def _shown(name: str) -> str:
    return name[:60].encode(errors="replace").decode().replace("\0", "�")
