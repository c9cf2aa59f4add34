"""Addresses of the status CSV, under /v2/conversions/."""

from django.urls import path

from conversions.status_csv import views

urlpatterns = [
    path("upload", views.upload, name="upload"),
    path("select", views.select, name="select"),
    path("upload/<slug:name>.csv", views.example, name="example"),
]
