"""Addresses of exports, under /v2/leads/."""

from django.urls import path

from leads.exports import views

urlpatterns = [path("export", views.page, name="export")]
