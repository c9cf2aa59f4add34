"""/api/v4: leads over HTTP, through the same services as the pages (leads.md, "HTTP API")."""
