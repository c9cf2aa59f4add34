"""Addresses of setting campaigns up, under /v2/campaign/<pk>/."""

urlpatterns: list[object] = []
