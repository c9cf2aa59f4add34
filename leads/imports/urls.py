"""Addresses of the import, under /v2/leads/import."""

from django.urls import path

from leads.imports import views

urlpatterns = [
    path("", views.upload, name="import"),
    path("/<int:job_id>", views.import_file, name="import_file"),
]
