"""Importing requests: thousands of rows of the one format, as a job (requests.md, "Import")."""
