"""What the HTTP APIs have in common: keys, limits, errors, idempotency, the log of calls."""

# Where they are.
PREFIXES = ("/v1/",)
