"""Addresses of leads, under /v2/."""

from django.urls import include, path

app_name = "leads"
urlpatterns = [
    path("leads/manage", include("leads.wizard.urls")),
    path("leads/import", include("leads.imports.urls")),
    path("leads/export", include("leads.exports.urls")),
    path("campaign/<int:campaign_id>/", include("leads.setup.urls")),
]
