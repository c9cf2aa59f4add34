"""Addresses of the wizard, under /v2/leads/."""

from django.urls import path

from leads.wizard import choosing, views

urlpatterns = [
    path("manage", choosing.start, name="manage"),
    path("manage/<int:job_id>/leads", choosing.leads, name="manage_leads"),
    path("manage/<int:job_id>/leads/<slug:what>", choosing.chosen, name="manage_chosen"),
    path("manage/<int:job_id>/leads/<slug:what>.txt", choosing.copy, name="manage_copy"),
    path("manage/<int:job_id>/drop", choosing.drop, name="manage_drop"),
    path("manage/<int:job_id>/type", views.choose_type, name="manage_type"),
    path("manage/<int:job_id>/processing", views.processing, name="manage_processing"),
    path("manage/<int:job_id>/typed", views.keep, name="manage_typed"),
    path("manage/<int:job_id>/discard", views.discard, name="manage_discard"),
]
