"""Addresses of parties, under /v2/."""

from django.urls import path

from convertr.network import views

app_name = "network"
urlpatterns = [
    path("offers", views.OfferList.as_view(), name="offers"),
    path("offer/<int:pk>", views.OfferPage.as_view(), name="offer"),
    path("partners", views.PartnerList.as_view(), name="partners"),
    path("partner/<int:pk>", views.PartnerPage.as_view(), name="partner"),
    path("advertisers", views.AdvertiserList.as_view(), name="advertisers"),
    path("advertiser/<int:pk>", views.AdvertiserPage.as_view(), name="advertiser"),
    path("campaigns", views.CampaignList.as_view(), name="campaigns"),
    path("campaign/<int:pk>", views.CampaignPage.as_view(), name="campaign"),
]
