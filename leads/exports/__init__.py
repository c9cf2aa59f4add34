"""Exports of leads with chosen columns and conditions, saved as templates (leads.md)."""
