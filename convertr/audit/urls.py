"""The audit's address, under /v2/."""

from django.urls import path

from convertr.audit import views

app_name = "audit"
urlpatterns = [path("audit", views.AuditList.as_view(), name="list")]
