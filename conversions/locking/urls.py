"""Addresses of locking, under /v2/conversions/."""

from django.urls import path

from conversions.locking import views

urlpatterns = [path("lock", views.select, name="lock")]
