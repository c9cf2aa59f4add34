"""Addresses of people's own accounts, besides allauth's."""

from django.urls import path
from django.views.generic import RedirectView

from convertr.accounts import views

app_name = "accounts"
urlpatterns = [
    # Where keys were before the page "API" was there.
    path("account/keys", RedirectView.as_view(pattern_name="http_api:page"), name="keys"),
    path("invitation/<str:token>", views.open_invitation, name="open_invitation"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
]
