"""Addresses of exports, under /v2/leads/export."""

urlpatterns: list[object] = []
