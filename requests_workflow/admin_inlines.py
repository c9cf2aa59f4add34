"""What stands below a request in the admin: its discussion, evidence and history."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from convertr.audit.timeline import CHANNELS
from convertr.jobs.texts import render
from requests_workflow.models import Attachment, Comment, RequestEvent
from requests_workflow.rules import Status
from requests_workflow.visibility import reason_text


class Shown(TabularInline):  # type: ignore[misc]
    """Lines that are looked at only."""

    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CommentInline(Shown):
    """A comment can be added; what was said stays."""

    model = Comment
    fields = ("text", "internal", "author", "at")
    readonly_fields = ("author", "at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("author")  # type: ignore[no-any-return]


class AttachmentInline(Shown):
    """Evidence, as downloads through the same guarded address as everywhere."""

    model = Attachment
    fields = readonly_fields = ("link", "content_type", "size")

    @admin.display(description=_("file"))
    def link(self, obj: Attachment) -> SafeString:
        url = reverse("requests:attachment", args=[obj.request_id, obj.pk])
        return format_html('<a href="{}" download>{}</a>', url, obj.name)


class HistoryInline(Shown):
    """The moves, the oldest first: who made each, how and why."""

    model = RequestEvent
    fk_name = "pgh_obj"
    verbose_name = _("move")
    verbose_name_plural = _("history")
    fields = readonly_fields = ("at", "who", "channel", "became", "why", "version")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        events = super().get_queryset(request).select_related("pgh_context")
        return events.order_by("pgh_id")  # type: ignore[no-any-return]

    @admin.display(description=_("at"))
    def at(self, obj: Any) -> Any:
        return obj.pgh_created_at

    @admin.display(description=_("who"))
    def who(self, obj: Any) -> str:
        return str(_context(obj).get("actor_label") or _t("The system"))

    @admin.display(description=_("how"))
    def channel(self, obj: Any) -> str:
        return str(CHANNELS.get(_context(obj).get("channel", ""), ""))

    @admin.display(description=_("status"))
    def became(self, obj: Any) -> str:
        return str(Status(obj.status).label)

    @admin.display(description=_("why"))
    def why(self, obj: Any) -> str:
        if obj.status == Status.FAILED:
            return render(obj.failure_code, obj.failure_params)
        return reason_text(obj.decision_reason)


def _context(event: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = event.pgh_context.metadata if event.pgh_context else {}
    return metadata
