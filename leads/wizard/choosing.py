"""Starting the wizard, and its first step: which leads."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.jobs.csvfile import read_csv
from convertr.jobs.models import Job, Outcome
from convertr.ui.lists.definition import registered
from convertr.ui.lists.selection import Selection
from convertr.ui.responses import toast
from leads.access import VIEW
from leads.wizard import reading, services
from leads.wizard.pages import FOLDER, go_to, of_own_draft, page, url_of
from leads.wizard.reading import FOUND, MISSING
from leads.wizard.typed import Key, of_file, of_text

DROPPED = {MISSING: (Outcome.NOT_FOUND,), "all": tuple(Outcome.values)}


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Begin with what is selected in the list (`from=selection`), or with nothing.

    A GET is of somebody who had to sign in on the way.
    """
    if request.method == "GET":
        return redirect("leads:list")
    try:
        selected = request.POST.get("from") == "selection"
        keys = _selected(request) if selected else []
        job = services.start(actor=request.user, keys=keys)
    except DomainError as refused:
        if request.htmx:
            return toast(HttpResponse(status=204), str(refused), level="error")
        messages.error(request, str(refused))
        return redirect("leads:list")
    return go_to(request, url_of(job, "leads"))


def _selected(request: SignedInRequest) -> list[Key]:
    selection = Selection.from_request(request, registered("leads"))
    if selection.count > settings.CSV_MAX_ROWS:
        raise services.too_many()
    ids = selection.queryset.order_by("pk").values_list("pk", flat=True)
    return [Key(str(pk), id=pk) for pk in ids]


@of_own_draft
@require_http_methods(["GET", "POST"])
def leads(request: SignedInRequest, job: Job) -> HttpResponse:
    """What is chosen so far; POST adds what is typed and imported, and goes on if asked to."""
    if request.method == "GET":
        return _page(request, job)
    try:
        keys = _posted(request)
        onwards = request.POST.get("go") == "next"
        added, missing = _add(request, job, keys, onwards=onwards)
    except DomainError as refused:
        if refused.code == "not_open":
            raise
        return _page(request, job, error=str(refused), ids=request.POST.get("ids", ""), status=422)
    if onwards and not missing:
        return go_to(request, url_of(job, "type"))
    text = _told(len(keys), added, missing)
    if request.htmx:
        level = "warning" if missing else "success"
        return toast(_page(request, reading.draft_for(request.user, job.pk)), text, level=level)
    messages.success(request, text)
    return redirect(url_of(job, "leads"))


def _posted(request: SignedInRequest) -> list[Key]:
    """What is typed, and the IDs in the file."""
    keys = of_text(request.POST.get("ids", ""))
    if getattr(request, "upload_too_large", False):
        text = _("The file is larger than %(mb)s MB. Split it.")
        megabytes = settings.UPLOAD_MAX_BYTES // 1024**2
        raise DomainError("file_too_large", text % {"mb": megabytes}, mb=megabytes)
    if file := request.FILES.get("file"):
        data, most = file.read(), settings.CSV_MAX_ROWS
        keys += of_file(*read_csv(data, max_rows=most, headless=True))
    return keys


def _add(request: SignedInRequest, job: Job, keys: list[Key], *, onwards: bool) -> tuple[int, int]:
    """How many of the keys are new to the draft, and how many of those name no lead."""
    if not keys:
        if not onwards:
            raise DomainError("no_ids", _("Type or paste lead IDs, or choose a file."))
        if not reading.found(job):
            raise DomainError("no_leads", _("Choose at least one lead first."))
        return 0, 0
    before = reading.rows_of(job, MISSING).count()
    added = services.add(actor=request.user, job=job, keys=keys)
    return added, reading.rows_of(job, MISSING).count() - before


def _told(typed: int, added: int, missing: int) -> str:
    found, doubles = added - missing, typed - added
    said = [ngettext("%(n)s lead added", "%(n)s leads added", found) % {"n": f"{found:,}"}]
    if doubles:
        said.append(_("%(n)s chosen already") % {"n": f"{doubles:,}"})
    if missing:
        said.append(_("%(n)s not found") % {"n": f"{missing:,}"})
    return ", ".join(said) + "."


@of_own_draft
@require_POST
def drop(request: SignedInRequest, job: Job) -> HttpResponse:
    """Take off what was not found (`what=missing`), or all."""
    what = request.POST.get("what", "")
    if what not in DROPPED:
        raise Http404
    services.drop(actor=request.user, job=job, outcomes=DROPPED[what])
    if request.htmx:
        return _page(request, reading.draft_for(request.user, job.pk))
    return redirect(url_of(job, "leads"))


@permission_required(VIEW)
@require_GET
def chosen(request: SignedInRequest, job_id: int, what: str) -> HttpResponse:
    """A page of the leads found, or of what names none."""
    job = _of(request, job_id, what)
    after = request.GET.get("after", "")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    shown, more = reading.lines(job, what, place)
    context = {"job": job, "what": what, "lines": shown, "more": more, "first": not place}
    return render(request, f"{FOLDER}/chosen.html", context)


@permission_required(VIEW)
@require_GET
def copy(request: SignedInRequest, job_id: int, what: str) -> StreamingHttpResponse:
    """The same as a text, all of them, one a line."""
    job = _of(request, job_id, what)
    return StreamingHttpResponse(reading.as_text(job, what), content_type="text/plain")


def _of(request: SignedInRequest, job_id: int, what: str) -> Job:
    if what not in (FOUND, MISSING):
        raise Http404
    return reading.draft_for(request.user, job_id)


def _page(request: SignedInRequest, job: Job, *, status: int = 200, **more: Any) -> HttpResponse:
    found = reading.found(job)
    context = {
        "found": found,
        "missing": job.total - found,
        "max_rows": settings.CSV_MAX_ROWS,
        **more,
    }
    return page(request, job, "leads", status=status, **context)
