"""The amounts CSV: payout, revenue and sale amount from a file (conversions.md, "Amounts CSV")."""
