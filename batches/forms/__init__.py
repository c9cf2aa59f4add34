"""The forms of an integration's set-up, a section each, and of credentials (batches.md)."""
