"""Addresses of the wizard, under /v2/leads/manage."""

urlpatterns: list[object] = []
