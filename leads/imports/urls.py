"""Addresses of the import, under /v2/leads/."""

from django.urls import path

from leads.imports import views

urlpatterns = [
    path("import", views.upload, name="import"),
    path("import/<int:job_id>", views.import_file, name="import_file"),
]
