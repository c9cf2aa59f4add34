"""Import and export in the admin, by django-import-export: the one format, the one reading.

An uploaded file is verified as the import page does; its job leads on from there.
"""

from typing import Any

import tablib
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from conversions.admin_formats import CsvFile, XlsxFile
from convertr.accounts.access import person
from convertr.errors import DomainError
from requests_workflow.exchange.columns import COLUMNS
from requests_workflow.exchange.rows import cells_of
from requests_workflow.imports.kinds import PERMISSION
from requests_workflow.imports.services import verify_import
from requests_workflow.models import ConversionRequest


class RequestRows(resources.ModelResource):  # type: ignore[misc]
    """Requests as rows of the one format (requests_workflow.exchange)."""

    class Meta:
        model = ConversionRequest
        name = "Conversion Requests"
        fields = ()

    def get_user_visible_fields(self) -> list[fields.Field]:
        return [fields.Field(column_name=column.name) for column in COLUMNS]

    def export(self, queryset: Any = None, **kwargs: Any) -> tablib.Dataset:
        """Every column: administrators see them all. The formats make the cells safe."""
        chosen = queryset.select_related("offer", "conversion")
        made = tablib.Dataset(headers=[column.name for column in COLUMNS])
        for request in chosen:
            made.append(cells_of(request, list(COLUMNS)))
        return made


class ExchangeAdmin(ImportExportModelAdmin):  # type: ignore[misc]
    """The buttons Import and Export of a list of requests."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    resource_classes = (RequestRows,)
    formats = (CsvFile, XlsxFile)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """A file that can be read leads to its job; anything else back to the form."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        request.FILES  # noqa: B018  reading them is what meets the limit
        if getattr(request, "upload_too_large", False):
            limit = settings.UPLOAD_MAX_BYTES // 2**20
            messages.error(request, _("At most %(n)s MB. Split the file.") % {"n": limit})
            return HttpResponseRedirect(request.path)
        form = self.create_import_form(request) if request.POST else None
        if form is None or not form.is_valid():
            response: HttpResponse = super().import_action(request, **kwargs)
            return response
        file = form.cleaned_data["import_file"]
        try:
            job = verify_import(actor=person(request), name=file.name, data=file.read())
        except DomainError as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(request.path)
        return redirect(job)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The library's second step: here it is the job's Confirm."""
        return HttpResponseRedirect(reverse("admin:requests_workflow_conversionrequest_import"))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        limit = settings.EXPORT_AS_JOB_OVER
        chosen = self.get_export_queryset(request).order_by().select_related(None)
        if request.method == "POST" and chosen[: limit + 1].count() > limit:
            text = _("More than %(n)s rows: export them from the requests page instead.")
            messages.error(request, text % {"n": f"{limit:,}"})
            return redirect("admin:requests_workflow_conversionrequest_changelist")
        response: HttpResponse = super().export_action(request)
        return response
