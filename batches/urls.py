"""Addresses of batches, under /v2/system/."""

from django.urls import path

from batches import configure_views, credential_views, views
from batches.pending_list import PendingList
from batches.sent_list import SentList

PENDING = "campaign-lead-batch/pending-batch"
SENT = "campaign-lead-batch/sent-batches"
KEPT = "campaign-lead-batch/credentials"

app_name = "batches"
urlpatterns = [
    path(PENDING, PendingList.as_view(), name="pending"),
    path(f"{PENDING}/new", configure_views.create, name="create"),
    path(f"{PENDING}/new/<str:part>", configure_views.part_of_new, name="create_part"),
    path(f"{PENDING}/<int:integration_id>", views.pending, name="pending_leads"),
    path(f"{PENDING}/<int:integration_id>/calls", views.calls, name="calls"),
    path(f"{PENDING}/<int:integration_id>/remove", views.remove, name="remove"),
    path(f"{PENDING}/<int:integration_id>/put-back", views.put_back, name="put_back"),
    path(f"{PENDING}/<int:integration_id>/batch-now", views.batch_now, name="batch_now"),
    path(f"{PENDING}/<int:integration_id>/configure", configure_views.configure, name="configure"),
    path(
        f"{PENDING}/<int:integration_id>/configure/<str:part>",
        configure_views.part_of,
        name="configure_part",
    ),
    path(f"{PENDING}/<int:integration_id>/act/<str:name>", configure_views.act, name="act"),
    path(SENT, SentList.as_view(), name="sent"),
    path(f"{SENT}/<int:batch_id>", views.batch, name="batch"),
    path(f"{SENT}/<int:batch_id>/leads", views.batch_leads, name="batch_leads"),
    path(f"{SENT}/<int:batch_id>/download", views.download, name="download"),
    path(f"{SENT}/<int:batch_id>/act/<str:name>", views.batch_act, name="batch_act"),
    path(KEPT, credential_views.credentials, name="credentials"),
    path(f"{KEPT}/new/<str:kind>", credential_views.add, name="add_credential"),
    path(f"{KEPT}/<int:credential_id>", credential_views.replace, name="replace_credential"),
    path(
        f"{KEPT}/<int:credential_id>/delete",
        credential_views.delete,
        name="delete_credential",
    ),
]
