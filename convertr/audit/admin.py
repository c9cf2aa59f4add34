"""The admin's base: what is changed there enters history and audit like anywhere else."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from convertr.audit.context import recorded
from convertr.audit.entries import note


class RecordedAdmin(ModelAdmin):  # type: ignore[misc]
    """A ModelAdmin whose changes run in `recorded()` and leave an audit entry.

    Entries hold the names of changed fields, never their values.
    """

    show_full_result_count = False
    list_per_page = 50
    warn_unsaved_form = True

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._recorded(request, super().changeform_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._recorded(request, super().changelist_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._recorded(request, super().delete_view, *args, **kwargs)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of those that export: a filter that is none is a bad request."""
        try:
            chosen: QuerySet[Any] = super().get_export_queryset(request)
        except IncorrectLookupParameters as unknown:
            raise BadRequest from unknown
        return chosen

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        note(f"{self.opts.model_name}.added", self._subject(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        note(f"{self.opts.model_name}.changed", self._subject(obj), changes=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            note(f"{self.opts.model_name}.deleted", self._subject(obj))
        return super().log_deletions(request, queryset)

    def _recorded(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]
        with recorded():
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]

    def _subject(self, obj: Model) -> str:
        return f"{self.opts.verbose_name} {obj.pk}"


class ReadOnlyAdmin(RecordedAdmin):
    """A list that is looked at only."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
