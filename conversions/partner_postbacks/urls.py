"""Addresses of partner postbacks, under /v2/postbacks."""

from django.urls import path

from conversions.partner_postbacks import views

app_name = "partner_postbacks"
urlpatterns = [
    path("postbacks", views.PostbackList.as_view(), name="list"),
    path("postbacks/new", views.create, name="create"),
    path("postbacks/<int:postback_id>", views.detail, name="detail"),
    path("postbacks/<int:postback_id>/edit", views.change, name="change"),
    path("postbacks/<int:postback_id>/delete", views.delete, name="delete"),
    path("postbacks/<int:postback_id>/events/<int:event_id>/resend", views.resend, name="resend"),
    path("postbacks/<int:postback_id>/resend/<str:state>", views.resend_all, name="resend_all"),
    path("postbacks/<int:postback_id>/<str:name>", views.act, name="act"),
]
