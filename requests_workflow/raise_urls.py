"""Addresses of raising and editing, under /v2/conversion-requests/."""

from django.urls import path

from requests_workflow import raise_views

urlpatterns = [
    path("new", raise_views.new_create, name="new_create"),
    path("change", raise_views.change, name="change"),
    path("change/<int:conversion_id>", raise_views.new_change, name="new_change"),
    path("<int:request_id>/edit", raise_views.edit, name="edit"),
]
