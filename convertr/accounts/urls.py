"""Addresses of people's own accounts, besides allauth's."""

from django.urls import path

from convertr.accounts import views

app_name = "accounts"
urlpatterns = [
    path("invitation/<str:token>", views.open_invitation, name="open_invitation"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
]
