"""Exports of leads, and the templates that keep what an export holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.models import Job
from convertr.jobs.services import start_export
from convertr.replica import reading
from convertr.ui.lists.export import FORMATS, as_file
from leads.access import VIEW
from leads.exports import conditions as narrowing
from leads.exports.columns import Column, all_columns, chosen
from leads.exports.conditions import Conditions
from leads.exports.kinds import LeadsExport
from leads.exports.writing import rows
from leads.models import ExportTemplate

FILE_NAME = "leads"
LONGEST_NAME = 100
TEMPLATES_MAX = 100


def export(
    *, actor: User, columns: Sequence[str], conditions: Conditions, form: str
) -> HttpResponseBase | Job:
    """The file, or the job that makes it where there are many leads (a setting).

    `form`: csv or xlsx. DomainError for an unknown column, or a filter that is wrong.
    """
    require(actor, VIEW)
    if form not in FORMATS:
        raise DomainError("bad_format", _("Export as CSV or XLSX."))
    wanted = chosen(columns, all_columns())
    leads = narrowing.leads(actor, conditions)
    limit = settings.EXPORT_AS_JOB_OVER
    if reading(leads).select_related(None).order_by()[: limit + 1].count() > limit:
        return _as_job(actor, wanted, conditions, form)
    return as_file(FILE_NAME, form, rows(leads, wanted))


def start_api_export(*, actor: User, columns: Sequence[str], conditions: Mapping[str, Any]) -> Job:
    """A call's export, always as a job: its file is a CSV whose header has the columns' names.

    `columns`: names of the list's columns (or what /api/v4 calls them) and of campaigns' fields;
    `conditions`: see `conditions.of_call`. DomainError `unknown_column`, `no_columns`,
    `bad_condition`; PermissionDenied for who may not see leads.
    """
    require(actor, VIEW)
    wanted = chosen(columns, all_columns())
    return _as_job(actor, wanted, narrowing.of_call(conditions), "csv", of_call=True)


def _as_job(
    actor: User,
    columns: Sequence[Column],
    conditions: Conditions,
    form: str,
    *,
    of_call: bool = False,
) -> Job:
    parameters = {
        "columns": [column.name for column in columns],
        "conditions": conditions,
        "format": form,
        "names": of_call,
    }
    name = f"{FILE_NAME}.{form}"
    return start_export(
        actor=actor,
        kind=LeadsExport.name,
        parameters=parameters,
        name=name,
        channel="api" if of_call else "page",
    )


# --- templates ---


def templates_for(user: User) -> QuerySet[ExportTemplate]:
    """One's own, and those that others share."""
    found = ExportTemplate.objects.filter(Q(owner=user) | Q(shared=True))
    return found.select_related("owner")


def save_template(
    *, actor: User, name: str, columns: Sequence[str], conditions: Conditions, shared: bool
) -> ExportTemplate:
    """Keep columns and conditions under a name; one's own template of that name is replaced.

    The list that an export began from isn't kept: it is of that moment.
    """
    require(actor, VIEW)
    name = name.replace("\0", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        text = _("Give the template a name of at most %(max)s characters.")
        raise DomainError("template_name", text % {"max": LONGEST_NAME})
    mine = ExportTemplate.objects.filter(owner=actor)
    if mine.exclude(name=name).count() >= TEMPLATES_MAX:
        raise DomainError("too_many_templates", _("Delete a template before you save another."))
    template, _made = mine.update_or_create(
        owner=actor,
        name=name,
        defaults={
            "columns": [column.name for column in chosen(columns, all_columns())],
            "conditions": {n: value for n, value in conditions.items() if n != "list"},
            "shared": shared,
        },
    )
    return template


def delete_template(*, actor: User, template_id: int) -> None:
    """Forget one of one's own; ExportTemplate.DoesNotExist for anyone else's."""
    ExportTemplate.objects.get(owner=actor, pk=template_id).delete()
