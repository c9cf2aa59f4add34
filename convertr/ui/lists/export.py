"""Lists as CSV or XLSX: streamed, formula-safe, ISO dates; big ones as a job with a download.

Source: platform.md, "Lists". Rows come in batches by key, so that memory stays flat.
"""

import csv
import io
import tempfile
import time
import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import FileResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import engine
from convertr.jobs.kinds import Kind
from convertr.jobs.models import Job, State
from convertr.jobs.services import start_export
from convertr.replica import reading
from convertr.ui.formula import neutralise
from convertr.ui.lists.definition import Query, registered
from convertr.ui.lists.keyset import first_page, page_after

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a worksheet holds: rows with the header, and letters of a cell.
XLSX_ROWS, XLSX_LETTERS = 1_048_576, 32_767
_BATCH = 2_000
# Of one housekeeping; the next one goes on.
FILES_AT_ONCE = 500
TEXTS = {
    "bad_filter": gettext_lazy("A filter is not valid. Mend it, then export."),
    "too_many_for_xlsx": gettext_lazy("A worksheet can't hold as many rows. Export as CSV."),
    "export_not_allowed": gettext_lazy(
        "What you may see has changed since you asked for it. Export the list again."
    ),
}


def export(query: Query, form: str, kind: "ListExport | None" = None) -> HttpResponseBase | Job:
    """The file of a list, or the job that makes it where it has many rows.

    `kind` says what stands in it: without one the list's columns.
    """
    kind = kind or ListExport()
    if form not in FORMATS:
        raise DomainError("bad_format", _("Export as CSV or XLSX."))
    if query.errors:
        raise bad_filter()
    limit = settings.EXPORT_AS_JOB_OVER
    if reading(query.queryset).select_related(None).order_by()[: limit + 1].count() > limit:
        return _as_job(query, form, kind)
    return as_file(kind.file_name(query), form, kind.cells(query))


def as_file(name: str, form: str, cells: Iterable[list[Any]]) -> HttpResponseBase:
    """The cells to download, the header first: a CSV is streamed, a workbook made before."""
    name = f"{name}.{form}"
    if form == "csv":
        response = StreamingHttpResponse(csv_lines(cells), content_type=FORMATS[form])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    write_xlsx(file, cells)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[form])


def bad_filter() -> DomainError:
    return DomainError("bad_filter", TEXTS["bad_filter"])


def _seen_as(user: User) -> list[Any]:
    """What decides which rows a person sees at all; it may change while a job waits."""
    return [user.is_partner, user.partner_id]


def _as_job(query: Query, form: str, kind: "ListExport") -> Job:
    shown = query.shown.copy()
    shown["columns"] = ",".join(query.columns)
    parameters = {
        "list": query.list.name,
        "query": shown.urlencode(),
        "format": form,
        "seen_as": _seen_as(query.user),
    }
    name = f"{kind.file_name(query)}.{form}"
    return start_export(actor=query.user, kind=kind.name, parameters=parameters, name=name)


def rows(query: Query) -> Iterator[list[Any]]:
    """The header, then the cells of each row in the list's order."""
    columns, table_class = query.columns, query.list.table_class
    yield [table_class.label(name) for name in columns]
    for batch in batches(query):
        options = query.list.table_options(query.user, batch)
        table = table_class(batch, columns=columns, **options)
        yield from table.plain_rows(columns)


def batches(query: Query) -> Iterator[list[Any]]:
    """All rows, some thousands at a time, each batch by the key of the last row before it.

    Unlike a cursor it keeps no transaction open while a slow client downloads.
    """
    queryset, order = reading(query.list.for_export(query.queryset)), query.order
    page = first_page(queryset, order, per=_BATCH)
    yield page.rows
    while page.has_next:
        key = order.values_of(page.rows[-1])
        page = page_after(queryset, order, key, per=_BATCH, first=None)
        yield page.rows


def plain(value: Any) -> str:
    """A cell as text; amounts without an exponent."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else str(value)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(cells: Iterable[list[Any]]) -> Iterator[str]:
    """Lines of a CSV that a spreadsheet can open without calculating anything."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in cells:
        yield writer.writerow([neutralise(plain(value)) for value in row])


def write_xlsx(file: IO[bytes], cells: Iterable[list[Any]]) -> None:
    """A workbook in constant memory: texts as text cells, amounts as numbers."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    for at, row in enumerate(cells):
        if at == XLSX_ROWS:
            raise DomainError("too_many_for_xlsx", TEXTS["too_many_for_xlsx"])
        for column, value in enumerate(row):
            if isinstance(value, Decimal | int) and not isinstance(value, bool):
                sheet.write_number(at, column, value)
            elif value not in (None, ""):
                sheet.write_string(at, column, plain(value)[:XLSX_LETTERS])
    book.close()


class ListExport(Kind):
    """An export that takes too long for a request."""

    name = "list_export"
    label = gettext_lazy("Export of a list")
    # Whoever sees a list may export it; the list itself decides what is in it.
    permission = ""

    def file_name(self, query: Query) -> str:
        """What the file is called, without its ending."""
        return query.list.name

    def cells(self, query: Query) -> Iterator[list[Any]]:
        """The header, then the cells of each row."""
        return rows(query)

    def produce(self, job: Job) -> None:
        """Make the file, or end the job with why it can't be made any more."""
        try:
            self._write(job, job.requested_by)
        except DomainError as error:
            engine.fail(job.pk, error.code)

    def may_see(self, job: Job, user: User) -> bool:
        """Whether this person still sees what the export holds: asked for, made, downloaded."""
        list_class = registered(job.parameters["list"])
        same = job.parameters.get("seen_as") == _seen_as(user)
        return same and user.is_active and list_class.allows(user)

    def _write(self, job: Job, user: User) -> None:
        if not self.may_see(job, user):
            raise DomainError("export_not_allowed", TEXTS["export_not_allowed"])
        query = Query(registered(job.parameters["list"]), user, QueryDict(job.parameters["query"]))
        if query.errors:
            raise bad_filter()
        store(job, self.cells(query), job.parameters["format"])


def store(job: Job, cells: Iterator[list[Any]], form: str) -> None:
    """Make the file of a job; its cells are made in the time zone of who asked for it."""
    zone = zoneinfo.ZoneInfo(job.requested_by.time_zone)
    # Each try has a file of its own: who is late takes nothing from who was in time.
    attempt = Job.objects.values_list("attempts", flat=True).get(pk=job.pk)
    with timezone.override(zone), tempfile.TemporaryFile() as file:
        beating = _beating(job, cells)
        if form == "csv":
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            text.writelines(csv_lines(beating))
            text.flush()
            text.detach()
        else:
            write_xlsx(file, beating)
        file.seek(0)
        if _state(job) == State.DONE:
            # Another took this one for dead, and was faster: its file is being downloaded.
            return
        with engine.beating(job):
            job.output = default_storage.save(_output_name(job, attempt), File(file))
    if _state(job) not in (State.RUNNING, State.DONE):
        # Cancelled meanwhile: nobody would ever have it.
        remove_output(job)


def _state(job: Job) -> str:
    """What has become of a job while its file was made."""
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def _output_name(job: Job, attempt: int) -> str:
    """By its job's number and the try's, so that what a try left is found by who removes it."""
    return f"jobs/{job.created_on:%Y/%m}/{job.pk}-{attempt}-{job.input_name}"


def remove_output(job: Job) -> None:
    """Remove the file that a job made, and what tries left that were cut off; the job stays."""
    attempts = Job.objects.values_list("attempts", flat=True).get(pk=job.pk)
    left = {_output_name(job, attempt) for attempt in range(attempts + 1)}
    for name in {str(job.output), *left} - {""}:
        default_storage.delete(name)
    Job.objects.filter(pk=job.pk).exclude(output="").update(output="")


def forget_files(*, days: int, of: Q | None = None) -> None:
    """Remove the files of exports (`of`: which jobs) made more than `days` ago; 0 keeps all."""
    if days <= 0:
        return
    old = Job.objects.filter(of or Q(), finished_at__lt=timezone.now() - timedelta(days))
    for job in old.exclude(output="").order_by("pk")[:FILES_AT_ONCE]:
        remove_output(job)


def _beating(job: Job, cells: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The same cells, showing every few seconds that the job's maker is alive."""
    seen = time.monotonic()
    for row in cells:
        yield row
        if time.monotonic() - seen > settings.JOB_SILENT_SECONDS / 4:
            engine.beat(job)
            seen = time.monotonic()
