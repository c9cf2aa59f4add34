"""Conversions over HTTP, in the shapes of Everflow's API (conversions.md, "HTTP API")."""
