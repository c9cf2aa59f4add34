"""The page "Import requests", its templates to download, and the exports in the same format."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from convertr.accounts.access import SignedInRequest, permission_required, signed_in
from convertr.errors import DomainError
from convertr.jobs.models import Job
from convertr.ui.lists.definition import Query, registered
from convertr.ui.lists.export import FORMATS, export
from requests_workflow import rules
from requests_workflow.exchange.columns import columns_for
from requests_workflow.exchange.export import RequestsExport
from requests_workflow.exchange.template import NEEDED, template_csv, template_xlsx
from requests_workflow.imports.kinds import PERMISSION
from requests_workflow.imports.services import verify_import

_TEMPLATES = {"csv": template_csv, "xlsx": template_xlsx}


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def import_file(request: SignedInRequest) -> HttpResponse:
    """GET the page; POST a file to verify it, which leads to its job, or the page with why not."""
    error, status = "", 200
    if request.method == "POST":
        try:
            return redirect(_verified(request))
        except DomainError as refused:
            error, status = str(refused), 422
    context = {
        "error": error,
        "max_rows": f"{settings.CSV_MAX_ROWS:,}",
        "columns": [(column, NEEDED[column.needed]) for column in columns_for(request.user)],
    }
    return render(request, "requests_workflow/import.html", context, status=status)


def _verified(request: SignedInRequest) -> Job:
    file = request.FILES.get("file")
    if getattr(request, "upload_too_large", False):
        text = _("The file is larger than %(mb)s MB. Split it.")
        megabytes = settings.UPLOAD_MAX_BYTES // 1024**2
        raise DomainError("file_too_large", text % {"mb": megabytes}, mb=megabytes)
    if file is None:
        raise DomainError("no_file", _("Choose a file first."))
    return verify_import(actor=request.user, name=file.name or "", data=file.read())


@permission_required(PERMISSION)
@require_GET
def template(request: SignedInRequest, form: str) -> HttpResponse:
    """The file to start from, with the columns that this person has."""
    return HttpResponse(
        _TEMPLATES[form](request.user),
        content_type=FORMATS[form],
        headers={"Content-Disposition": f'attachment; filename="conversion-requests.{form}"'},
    )


@signed_in
@require_GET
def export_requests(request: SignedInRequest) -> HttpResponseBase:
    """The requests that the Explorer's parameters name, in the format of the import."""
    return _export(request, "requests", "requests:list")


@permission_required(rules.RAISE_PERMISSIONS[rules.Type.CHANGE])
@require_GET
def export_conversions(request: SignedInRequest) -> HttpResponseBase:
    """The conversions that the list's parameters name, each as a request for its change."""
    return _export(request, "conversions", "conversions:list")


def _export(request: SignedInRequest, list_name: str, back: str) -> HttpResponseBase:
    query = Query(registered(list_name), request.user, request.GET)
    try:
        made = export(query, request.GET.get("format", ""), RequestsExport())
        if not isinstance(made, Job):
            return made
        text = _("This export is large. It is being made; the bell tells when it is done.")
        messages.success(request, text)
    except DomainError as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(f"{redirect(back).url}?{query.shown.urlencode()}")
