"""Addresses of leads, under /v2/."""

from django.urls import include, path

from leads import edit_views, views

app_name = "leads"
urlpatterns = [
    path("leads", views.LeadList.as_view(), name="list"),
    path("lead/<int:lead_id>", views.detail, name="detail"),
    path("lead/<int:lead_id>/edit", edit_views.edit, name="edit"),
    path("leads/", include("leads.wizard.urls")),
    path("leads/", include("leads.imports.urls")),
    path("leads/", include("leads.exports.urls")),
    path("campaign/<int:campaign_id>/", include("leads.setup.urls")),
]
