"""The status CSV: thousands of statuses changed from one file (conversions.md, "Status CSV")."""
