"""Addresses of the import, under /v2/leads/import."""

urlpatterns: list[object] = []
