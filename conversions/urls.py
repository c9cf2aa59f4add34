"""Addresses of conversions, under /v2/."""

from django.urls import include, path

from conversions import postback_views, views

app_name = "conversions"
urlpatterns = [
    path("conversions", views.ConversionList.as_view(), name="list"),
    path("conversion/<int:conversion_id>", views.detail, name="detail"),
    path("offer/<int:offer_id>/postbacks", postback_views.postback_log, name="postback_log"),
    path("conversions/", include("conversions.uploads.urls")),
    path("conversions/", include("conversions.status_csv.urls")),
    path("conversions/", include("conversions.locking.urls")),
    path("", include("conversions.partner_postbacks.urls")),
]
