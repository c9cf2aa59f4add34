"""Requests in the Django admin: looked at, discussed and decided, through the same services.

Nothing is edited as a field: a status changes by a decision, and four eyes hold here, too.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversions.admin import Dated
from conversions.rules import Status as ConversionStatus
from convertr.accounts.access import person
from convertr.audit.admin import RecordedAdmin
from convertr.errors import DomainError
from convertr.jobs.texts import render
from convertr.ui.lists.counting import EstimatedPaginator
from requests_workflow import rules
from requests_workflow.admin_deciding import decide
from requests_workflow.admin_exchange import ExchangeAdmin
from requests_workflow.admin_inlines import AttachmentInline, CommentInline, HistoryInline
from requests_workflow.filters import RequestFilters
from requests_workflow.models import Comment, ConversionRequest, ConversionRequestQuerySet
from requests_workflow.rules import Move, Status, Type
from requests_workflow.services import discussing
from requests_workflow.shown import Values
from requests_workflow.visibility import reason_text
from requests_workflow.wanted import FIELDS, visible

LABELS = {
    Status.INQUIRED: "info",
    Status.ACCEPTED: "primary",
    Status.PROCESSED: "success",
    Status.REJECTED: "danger",
    Status.FAILED: "warning",
}
SHOWN = (
    "status", "type", "conversion", "offer", "event", "partner", "asked", "raised_by",
    "raised_at", "decided_by", "decided_at", "reason", "processed_at", "failure", "version",
)  # fmt: skip


class DatedRequests(ConversionRequestQuerySet):
    """Days, months and years for the date line, from the first request to the last."""

    datetimes = Dated.datetimes  # type: ignore[assignment]


@admin.register(ConversionRequest)
class RequestAdmin(RecordedAdmin, ExchangeAdmin):
    list_display = (
        "id", "raised_at", "raised_by", "type", "status_badge", "conversion_id", "offer", "partner",
        "decided_by",
    )  # fmt: skip
    list_filter = ("status", "type", "offer__currency")
    list_select_related = ("raised_by", "offer", "partner", "decided_by")
    date_hierarchy = "raised_at"
    ordering = ("-raised_at", "-id")
    sortable_by = ("id", "raised_at")
    # Search is by exact IDs; the name only makes the box appear.
    search_fields = ("id",)
    search_help_text = _("Any ID of a request or of its conversion, whole")
    paginator = EstimatedPaginator
    show_facets = admin.ShowFacets.NEVER
    actions = ("accept_selected", "reject_selected", "retry_selected")
    fields = readonly_fields = SHOWN
    inlines = (CommentInline, AttachmentInline, HistoryInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConversionRequest]:
        return DatedRequests(self.model, using=super().get_queryset(request).db)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are raised on the pages, by import or by a call."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(rules.DECIDE)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The same exact keys as the Explorer."""
        term = search_term.strip()
        if not term:
            return queryset, False
        keys = [key(term) for key in RequestFilters.search_keys.values()]
        found = Q(pk__in=[])
        for key in filter(None, keys):
            found |= key
        return queryset.filter(found), False

    @admin.action(description=_("Accept"), permissions=["decide"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return decide(self, request, queryset, Move.ACCEPT)

    @admin.action(description=_("Reject"), permissions=["decide"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return decide(self, request, queryset, Move.REJECT)

    @admin.action(description=_("Try again"), permissions=["decide"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return decide(self, request, queryset, Move.RETRY)

    @display(description=_("status"), label=LABELS)  # type: ignore[untyped-decorator]
    def status_badge(self, obj: ConversionRequest) -> tuple[str, Any]:
        return obj.status, obj.get_status_display()

    @admin.display(description=_("asked for"))
    def asked(self, obj: ConversionRequest) -> SafeString:
        """Each field that is asked for, of a change from what it was when it was raised."""
        values = Values.of(obj, obj.wanted, obj.before)
        before, wanted = obj.before, visible(obj.wanted, is_partner=False)
        told = (
            (FIELDS[name].label, _plain(values, name, before.get(name)), _plain(values, name, text))
            for name, text in wanted.items()
        )
        form = "<div>{}: {} → {}</div>" if obj.type == Type.CHANGE else "<div>{0}: {2}</div>"
        return format_html_join("", form, told)

    @admin.display(description=_("reason"))
    def reason(self, obj: ConversionRequest) -> str:
        return reason_text(obj.decision_reason)

    @admin.display(description=_("failure"))
    def failure(self, obj: ConversionRequest) -> str:
        return render(obj.failure_code, obj.failure_params)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """No field can be edited; what is sent all the same is not read."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """What is added is a comment, said through the service."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.model is not Comment:
            return
        for extra in formset.extra_forms:
            if extra.has_changed():
                self._say(request, formset, extra.cleaned_data)

    def _say(self, request: HttpRequest, formset: Any, said: dict[str, Any]) -> None:
        try:
            comment = discussing.comment(
                actor=person(request),
                request=formset.instance,
                text=said.get("text", ""),
                internal=said.get("internal", False),
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            formset.new_objects.append(comment)


def _plain(values: Values, name: str, text: Any) -> Any:
    """As on the request's page, but for pills, whose styles the admin doesn't have."""
    if text and FIELDS[name].kind == "status":
        return ConversionStatus(text).label
    return values.shown(name, text)
