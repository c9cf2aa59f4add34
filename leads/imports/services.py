"""What people do with a file of leads: upload it, say what its columns become, drop it.

Until its columns are known, a file is a draft: a job whose rows are the cells as they came. So a
reload or a lost connection loses nothing, and nothing of the file is kept beyond its job's rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.context import recorded
from convertr.errors import DomainError
from convertr.jobs import engine
from convertr.jobs import services as jobs
from convertr.jobs.csvfile import read_csv
from convertr.jobs.models import Job, State
from convertr.jobs.staging import StagedRow, copy_rows
from convertr.jobs.workbook import Sheet, is_workbook, read_xlsx
from convertr.network.models import Campaign, Partner
from leads.access import VIEW
from leads.imports.columns import Field, guess, wrong
from leads.imports.kinds import Import
from leads.intake import fields_of, require_open

OPEN = (State.DRAFT, State.VERIFIED)
MOST_COLUMNS = 200


def upload(
    *,
    actor: User,
    campaign: Campaign,
    partner: Partner,
    name: str,
    data: bytes,
    replacement: bool = False,
) -> Job:
    """Keep the rows of a CSV or XLSX as a draft, its mapping guessed from its header.

    DomainError for a campaign that takes no leads, or has no fields, and for a file that is refused
    as a whole; the jobs page keeps that it was, and why.
    """
    require(actor, Import.permission, VIEW)
    require_open(campaign)
    fields = mappable(campaign)
    if not fields:
        text = _("The campaign has no fields yet. Add them on its page first.")
        raise DomainError("no_fields", text)
    form = "xlsx" if is_workbook(data) else "csv"
    asked: dict[str, Any] = {
        "actor": actor,
        "kind": Import.name,
        "input_name": name,
        "input_sha256": hashlib.sha256(data).hexdigest(),
        "channel": form,
    }
    try:
        sheet = _read(data)
    except DomainError as error:
        jobs.refuse(**asked, error=error)
        raise
    parameters = {
        "format": form,
        "campaign": campaign.pk,
        "partner": partner.pk,
        "replacement": replacement,
        "mapping": guess(sheet.header.cells, fields),
        "fields": [list(field) for field in fields_of(campaign)],
    }
    return _draft(asked, sheet, parameters)


def mappable(campaign: Campaign) -> list[Field]:
    """The fields that a column can become."""
    return [Field(*row) for row in campaign.lead_fields.values_list("name", "label", "required")]


def map_columns(*, actor: User, job: Job, mapping: Sequence[str]) -> Job:
    """Say what each column becomes, and verify the rows; the job is then `verified`.

    DomainError with all that is wrong with the mapping.
    """
    require(actor, Import.permission, VIEW)
    campaign = Campaign.objects.get(pk=job.parameters["campaign"])
    require_open(campaign)
    fields = mappable(campaign)
    if told := wrong(mapping, fields):
        raise DomainError("bad_mapping", " ".join(told))
    with recorded():
        held = _held(actor, job)
        held.parameters |= {
            "mapping": list(mapping),
            "fields": [list(field) for field in fields_of(campaign)],
        }
        held.save(update_fields=["parameters"])
        engine.resolve(held)
    return held


def drop(*, actor: User, job: Job) -> None:
    """Forget a file that nothing was done with."""
    require(actor, Import.permission, VIEW)
    with transaction.atomic():
        held = _held(actor, job)
        held.rows.delete()
        held.delete()


def _read(data: bytes) -> Sheet:
    if is_workbook(data):
        sheet = read_xlsx(data, max_rows=settings.CSV_MAX_ROWS, max_columns=MOST_COLUMNS + 1)
    else:
        sheet = Sheet(*read_csv(data, max_rows=settings.CSV_MAX_ROWS), {})
    if len(sheet.header.cells) > MOST_COLUMNS:
        text = _("The file has more than %(max)s columns. Keep those that become leads.")
        raise DomainError("too_many_columns", text % {"max": MOST_COLUMNS})
    return sheet


def _draft(asked: dict[str, Any], sheet: Sheet, parameters: dict[str, Any]) -> Job:
    with transaction.atomic():
        job = Job.objects.create(
            kind=asked["kind"],
            state=State.DRAFT,
            requested_by=asked["actor"],
            columns=sheet.header.cells,
            parameters=parameters,
            input_name=asked["input_name"][:255],
            input_sha256=asked["input_sha256"],
            channel=asked["channel"],
            expires_at=_expiry(),
        )
        job.total = copy_rows(job, _rows(sheet))
        job.save(update_fields=["total"])
    return job


def _rows(sheet: Sheet) -> Iterator[StagedRow]:
    """The cells as they came; which of them hold no value is told when their column is used."""
    for line, cells in sheet.records:
        problems = [[code, params["column"]] for code, params in sheet.problems.get(line, ())]
        yield StagedRow(line, cells, wanted={"unreadable": problems} if problems else None)


def _held(actor: User, job: Job) -> Job:
    """The file's job, held, before its Confirm; whoever uploaded it goes on with it."""
    held = Job.objects.select_for_update().get(pk=job.pk)
    if held.requested_by_id != actor.pk:
        raise DomainError("not_yours", _("Somebody else has uploaded this file. Upload your own."))
    if held.state not in OPEN or (held.expires_at and held.expires_at < timezone.now()):
        raise DomainError("not_open", _("This has been confirmed or has ended. Upload it again."))
    return held


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=settings.JOB_VERIFIED_HOURS)
