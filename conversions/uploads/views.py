"""The modal's form, its Verify, and the example files."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from conversions.csv_files.examples import make
from conversions.csv_files.tabs import Tab
from conversions.uploads.tabs import BY_EXAMPLE, BY_KEY, tabs_for
from convertr.accounts.access import SignedInRequest, require, signed_in
from convertr.errors import DomainError
from convertr.jobs.views import context_of


@signed_in
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest, key: str) -> HttpResponse:
    """GET the form of one tab; POST a file to verify it: the result, or the form with why not."""
    tab = BY_KEY[key]
    require(request.user, tab.permission)
    error, status = "", 200
    if request.method == "POST":
        try:
            return _verify(request, tab)
        except DomainError as refused:
            error, status = str(refused), 422
    context = {
        "tab": tab,
        "tabs": tabs_for(request.user),
        "max_rows": f"{settings.CSV_MAX_ROWS:,}",
        "error": error,
    }
    return render(request, "conversions/uploads/modal.html", context, status=status)


def _verify(request: SignedInRequest, tab: Tab) -> HttpResponse:
    file = request.FILES.get("file")
    if getattr(request, "upload_too_large", False):
        text = _("The file is larger than %(mb)s MB. Split it.")
        megabytes = settings.UPLOAD_MAX_BYTES // 1024**2
        raise DomainError("file_too_large", text % {"mb": megabytes}, mb=megabytes)
    if file is None:
        raise DomainError("no_file", _("Choose a file first."))
    job = tab.verify(actor=request.user, name=file.name or "", data=file.read(), form=request.POST)
    return render(request, "jobs/modal.html", context_of(request.user, job))


@signed_in
@require_GET
def example(request: SignedInRequest, name: str) -> HttpResponse:
    """One of the example files, for those who may upload such a file."""
    if name not in BY_EXAMPLE:
        raise Http404
    tab, found = BY_EXAMPLE[name]
    require(request.user, tab.permission)
    return HttpResponse(
        make(found, request.user),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
