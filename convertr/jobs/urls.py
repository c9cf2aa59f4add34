"""Addresses of jobs, under /v2/."""

from django.urls import path, re_path

from convertr.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs", views.JobList.as_view(), name="list"),
    path("jobs/<int:job_id>", views.detail, name="detail"),
    path("jobs/<int:job_id>/modal", views.modal, name="modal"),
    path("jobs/<int:job_id>/rows", views.show_rows, name="rows"),
    path("jobs/<int:job_id>/rows.csv", views.download_rows, name="download"),
    path("jobs/<int:job_id>/output", views.download_output, name="output"),
    re_path(
        r"^jobs/(?P<job_id>[0-9]{1,18})/(?P<what>confirm|cancel|resume|undo)$",
        views.act,
        name="act",
    ),
]
