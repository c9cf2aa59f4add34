"""Addresses under /v2/conversion-requests."""

from django.urls import include, path

from requests_workflow import discussion_views, panel_views, views
from requests_workflow.rules import Move

app_name = "requests"
_ONE = "conversion-requests/<int:request_id>"
urlpatterns = [
    path("conversion-requests", views.RequestList.as_view(), name="list"),
    path("conversion-requests/", include("requests_workflow.raise_urls")),
    path("conversion-requests/", include("requests_workflow.imports.urls")),
    path("conversion-requests/", include("requests_workflow.deciding_jobs.urls")),
    path(_ONE, panel_views.detail, name="detail"),
    *(
        path(f"{_ONE}/{move}", panel_views.act, {"move": move}, name=str(move))
        for move in (Move.ACCEPT, Move.RETRY, Move.WITHDRAW)
    ),
    *(
        path(f"{_ONE}/{move}", panel_views.why, {"move": move}, name=str(move))
        for move in (Move.REJECT, Move.REOPEN)
    ),
    path(f"{_ONE}/comments", discussion_views.comment, name="comment"),
    path(f"{_ONE}/files/<int:attachment_id>", discussion_views.attachment, name="attachment"),
]
