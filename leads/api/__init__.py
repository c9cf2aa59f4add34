"""Leads over HTTP, at /api/v4 (leads.md, "HTTP API")."""
