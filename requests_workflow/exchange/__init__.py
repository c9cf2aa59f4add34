"""The one format of requests: its columns, its template, and the exports that can come back."""
