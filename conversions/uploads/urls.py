"""Addresses of the modal "Upload a CSV file", under /v2/conversions/."""

from django.urls import path

from conversions.uploads import views

urlpatterns = [
    path("upload", views.upload, {"key": "status"}, name="upload"),
    path("upload/amounts", views.upload, {"key": "amounts"}, name="upload_amounts"),
    path("upload/locks", views.upload, {"key": "locks"}, name="upload_locks"),
    path("upload/<slug:name>.csv", views.example, name="example"),
]
