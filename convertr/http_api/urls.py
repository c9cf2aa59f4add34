"""The page "API", under /v2/."""

from django.urls import path

from convertr.http_api import pages

app_name = "http_api"
urlpatterns = [
    path("api", pages.page, name="page"),
    path("api/keys/<int:key_id>/revoke", pages.revoke_key, name="revoke_key"),
]
