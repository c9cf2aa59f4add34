"""Batches over HTTP, at /api/v4 (batches.md, "HTTP API /api/v4")."""
