"""Addresses of the import and of the exports in its format, under /v2/conversion-requests/."""

from django.urls import path, re_path

from requests_workflow.imports import views

urlpatterns = [
    path("import", views.import_file, name="import"),
    re_path(r"^import/template\.(?P<form>csv|xlsx)$", views.template, name="import_template"),
    path("export", views.export_requests, name="export"),
    path("export/conversions", views.export_conversions, name="export_conversions"),
]
