"""A campaign's fields and rules: set up on its page, tried out against a pasted lead (leads.md)."""
