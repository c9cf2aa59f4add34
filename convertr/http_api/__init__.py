"""What the HTTP APIs have in common: keys, limits, errors, idempotency, the log of calls."""

# /v1 is Everflow's in manner, /api (sign-in, and /api/v4) Convertr's.
V1, V4 = "/v1/", "/api/"
# Where they are.
PREFIXES = (V1, V4)
