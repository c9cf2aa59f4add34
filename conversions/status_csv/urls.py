"""Addresses of status changes, under /v2/conversions/."""

from django.urls import path

from conversions.status_csv import views

urlpatterns = [path("select", views.select, name="select")]
