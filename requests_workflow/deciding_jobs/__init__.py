"""Deciding many requests at once, as a job with Verify and Confirm."""
