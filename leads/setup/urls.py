"""Addresses of setting campaigns up, under /v2/campaign/<pk>/."""

from django.urls import path

from leads.setup import views

PAGE = "leads-setup"
STEP = f"{PAGE}/<slug:what>/<int:step_id>"

urlpatterns = [
    path(PAGE, views.setup, name="setup"),
    path(f"{PAGE}/try", views.try_out, name="setup_try"),
    path(f"{PAGE}/add/field", views.add_field, name="setup_add_field"),
    path(f"{PAGE}/add/<slug:what>/<slug:kind>", views.add_rule, name="setup_add_rule"),
    path(STEP, views.change, name="setup_change"),
    path(f"{STEP}/remove", views.remove, name="setup_remove"),
    path(f"{STEP}/<slug:did>", views.act, name="setup_act"),
]
