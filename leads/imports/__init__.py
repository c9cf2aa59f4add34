"""Leads from a CSV or XLSX, its columns mapped to a campaign's fields, as a job (leads.md)."""
