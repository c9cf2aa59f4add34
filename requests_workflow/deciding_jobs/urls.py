"""Addresses of deciding many requests, under /v2/conversion-requests/."""

from django.urls import path

from requests_workflow.deciding_jobs import views

urlpatterns = [path("decide", views.select, name="decide_selected")]
