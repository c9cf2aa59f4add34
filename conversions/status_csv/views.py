"""The modal: upload and Verify; or Verify what was selected in the list."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversions.rules import ASSIGNABLE, Status
from conversions.status_csv import services
from conversions.status_csv.examples import BY_NAME, EXAMPLES, make
from conversions.status_csv.kinds import PERMISSION
from conversions.views import ConversionList
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.jobs.views import context_of
from convertr.ui.lists.selection import Selection
from convertr.ui.responses import toast


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """GET the form; POST a file to verify it: the result, or the form with why not."""
    error, status = "", 200
    if request.method == "POST":
        try:
            return _verify(request)
        except DomainError as refused:
            error, status = str(refused), 422
    context = {"examples": EXAMPLES, "max_rows": f"{settings.CSV_MAX_ROWS:,}", "error": error}
    return render(request, "conversions/status_csv/upload.html", context, status=status)


def _verify(request: SignedInRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if getattr(request, "upload_too_large", False):
        text = _("The file is larger than %(mb)s MB. Split it.")
        megabytes = settings.UPLOAD_MAX_BYTES // 1024**2
        raise DomainError("file_too_large", text % {"mb": megabytes}, mb=megabytes)
    if file is None:
        raise DomainError("no_file", _("Choose a file first."))
    job = services.verify_csv(actor=request.user, name=file.name or "", data=file.read())
    return render(request, "jobs/modal.html", context_of(request.user, job))


@permission_required(PERMISSION)
@require_POST
def select(request: SignedInRequest) -> HttpResponse:
    """Verify one status for what is selected in the list (the list's form, with `status`)."""
    status = request.POST.get("status", "")
    if status not in ASSIGNABLE:
        raise Http404
    try:
        selection = Selection.from_request(request, ConversionList)
        ids = selection.queryset.order_by("pk").values_list("pk", flat=True)
        job = services.verify_selection(actor=request.user, ids=list(ids), status=Status(status))
    except DomainError as refused:
        return toast(HttpResponse(status=204), str(refused), level="error")
    return render(request, "jobs/modal.html", context_of(request.user, job))


@permission_required(PERMISSION)
@require_GET
def example(request: SignedInRequest, name: str) -> HttpResponse:
    """One of the six example files."""
    if name not in BY_NAME:
        raise Http404
    return HttpResponse(
        make(BY_NAME[name], request.user),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
