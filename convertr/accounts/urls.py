"""Addresses of people's own accounts, besides allauth's."""

from django.urls import path

from convertr.accounts import key_views, views

app_name = "accounts"
urlpatterns = [
    path("account/keys", key_views.own_keys, name="keys"),
    path("account/keys/<int:key_id>/revoke", key_views.revoke_key, name="revoke_key"),
    path("invitation/<str:token>", views.open_invitation, name="open_invitation"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
]
