"""Addresses of exports, under /v2/leads/export."""

from django.urls import path

from leads.exports import views

urlpatterns = [path("", views.page, name="export")]
