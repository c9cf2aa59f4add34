"""Addresses of jobs, under /v2/jobs."""

from django.urls import path, re_path

from convertr.jobs import views

app_name = "jobs"
urlpatterns = [
    path("<int:job_id>", views.detail, name="detail"),
    path("<int:job_id>/modal", views.modal, name="modal"),
    path("<int:job_id>/rows", views.show_rows, name="rows"),
    path("<int:job_id>/rows.csv", views.download_rows, name="download"),
    path("<int:job_id>/output", views.download_output, name="output"),
    re_path(r"^(?P<job_id>[0-9]+)/(?P<what>confirm|cancel|resume|undo)$", views.act, name="act"),
]
