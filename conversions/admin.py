"""Conversions and reasons in the Django admin.

Statuses, amounts and locks change through jobs only, so that every change can be seen and undone.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Max, Min, Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from import_export.results import Result
from import_export.tmp_storages import MediaStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from conversions.admin_formats import CsvFile, XlsxFile
from conversions.admin_resources import ConversionExport, ConversionImport
from conversions.filters import ConversionFilters
from conversions.models import Conversion, ConversionQuerySet, Reason
from convertr.audit.admin import RecordedAdmin
from convertr.audit.entries import note
from convertr.errors import DomainError
from convertr.ui.lists.counting import EstimatedPaginator

EDITABLE = ("order_id", "note")


class Dated(ConversionQuerySet):
    """Days, months and years for the admin's date line, from the first conversion to the last.

    Django looks at every row for them; these may be without a conversion.
    """

    def datetimes(  # type: ignore[override]
        self, field_name: str, kind: str, *args: Any, **kwargs: Any
    ) -> list[datetime]:
        ends = self.order_by().aggregate(first=Min(field_name), last=Max(field_name))
        if ends["first"] is None:
            return []
        at, last = (timezone.localtime(ends[end]).date() for end in ("first", "last"))
        starts = {"day": {}, "month": {"day": 1}, "year": {"day": 1, "month": 1}}[kind]
        found: list[datetime] = []
        while at <= last:
            first = at.replace(**starts)
            if not found or found[-1].date() != first:
                found.append(timezone.make_aware(datetime.combine(first, time.min)))
            at += timedelta(days=1)
        return found


@admin.register(Conversion)
class ConversionAdmin(RecordedAdmin, ImportExportModelAdmin):  # type: ignore[misc]
    list_display = (
        "id", "request_id", "offer", "partner", "status", "payout", "revenue", "sale_amount",
        "converted_at", "locked",
    )  # fmt: skip
    list_filter = ("status", "locked", "offer__currency")
    list_select_related = ("offer", "partner")
    date_hierarchy = "converted_at"
    ordering = ("-converted_at", "-id")
    sortable_by = ("id", "converted_at")
    # Search is by exact IDs; the name only makes the box appear.
    search_fields = ("id",)
    search_help_text = _("Any ID of a conversion, whole")
    paginator = EstimatedPaginator
    show_facets = admin.ShowFacets.NEVER
    actions = None

    import_form_class = ImportForm
    export_form_class = ExportForm
    resource_classes = (ConversionExport,)
    formats = (CsvFile, XlsxFile)
    # Two web processes may share no disk.
    tmp_storage_class = MediaStorage
    skip_admin_log = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversion]:
        return Dated(self.model, using=super().get_queryset(request).db)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come in by postback, import or request."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.import_data")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = [field.name for field in self.opts.fields]
        return names if obj and obj.locked else [n for n in names if n not in EDITABLE]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The same exact keys as the conversions list."""
        term = search_term.strip()
        if not term:
            return queryset, False
        keys = [key(term) for key in ConversionFilters.search_keys.values()]
        found = Q(pk__in=[])
        for key in filter(None, keys):
            found |= key
        return queryset.filter(found), False

    def save_model(self, request: HttpRequest, obj: Conversion, form: Any, change: Any) -> None:
        """Only what was edited, so that a job at the same moment is not overwritten."""
        edited = {name: form.cleaned_data[name] for name in form.changed_data}
        unlocked = Conversion.objects.filter(pk=obj.pk, locked=False)
        if edited and not unlocked.update(**edited):
            messages.error(request, _("It was locked in between and stays as it was."))

    def get_import_resource_classes(self, request: HttpRequest) -> list[type]:
        return [ConversionImport]

    def get_export_resource_classes(self, request: HttpRequest) -> list[type]:
        return [ConversionExport]

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Form, error: Exception) -> None:
        """What is wrong with the whole file, in words."""
        if isinstance(error, DomainError):
            form.add_error("import_file", str(error))
        else:
            super().add_data_read_fail_error_to_form(form, error)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        request.FILES  # noqa: B018  reading them is what meets the limit
        if getattr(request, "upload_too_large", False):
            limit = settings.UPLOAD_MAX_BYTES // 2**20
            messages.error(request, _("At most %(n)s MB. Split the file.") % {"n": limit})
            return HttpResponseRedirect(request.path)
        response: HttpResponse = super().import_action(request, **kwargs)
        return response

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._recorded(request, super().process_import, **kwargs)

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Told as it is: an import that met an error at the last moment stored nothing."""
        if result.has_errors() or result.has_validation_errors():
            text = _("Nothing was imported: the data changed in between. Check the file again.")
            messages.error(request, text)
            return HttpResponseRedirect(reverse("admin:conversions_conversion_import"))
        note("conversion.imported", count=result.totals["new"])
        response: HttpResponse = super().process_result(result, request)
        return response

    def export_action(self, request: HttpRequest) -> HttpResponse:
        limit = settings.EXPORT_AS_JOB_OVER
        chosen = self.get_export_queryset(request).order_by().select_related(None)
        if request.method == "POST" and chosen[: limit + 1].count() > limit:
            text = _("More than %(n)s rows: export them from the conversions page instead.")
            messages.error(request, text % {"n": f"{limit:,}"})
            return HttpResponseRedirect(reverse("admin:conversions_conversion_changelist"))
        response: HttpResponse = super().export_action(request)
        return response


@admin.register(Reason)
class ReasonAdmin(RecordedAdmin):
    """History names reasons, so they are retired, not deleted."""

    list_display = ("text", "code", "retired")
    list_filter = ("retired",)
    search_fields = ("text", "code")
    actions = ("retire", "bring_back")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Reason | None = None) -> list[str]:
        return ["code"] if obj else []

    @admin.action(description=_("Retire"))
    def retire(self, request: HttpRequest, queryset: QuerySet[Reason]) -> None:
        self._set_retired(request, queryset, retired=True)

    @admin.action(description=_("Bring back"))
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Reason]) -> None:
        self._set_retired(request, queryset, retired=False)

    def _set_retired(
        self, request: HttpRequest, queryset: QuerySet[Reason], *, retired: bool
    ) -> None:
        changed = queryset.exclude(retired=retired)
        for reason in changed:
            note("reason.retired" if retired else "reason.brought_back", f"reason {reason.code}")
        changed.update(retired=retired)
        messages.success(request, _("Done."))
