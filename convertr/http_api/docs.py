"""The pages that describe an API: Swagger's, from ninja's own static files, so that they work
offline and under our policy. They are public, as the schema is: neither holds anybody's data."""

from ninja.openapi.docs import Swagger


class Docs(Swagger):
    """One page with all calls; a key given under "Authorize" is not kept."""

    template = "http_api/docs.html"

    def __init__(self) -> None:
        # Many models and long lists open themselves otherwise.
        super().__init__({"defaultModelsExpandDepth": -1, "docExpansion": "list"})


# What all calls have in common, in Markdown, as it stands above them.
RULES = """
Conversions of the network over HTTP. Keys are made on the page [API](/v2/api).

- **Key**: as `X-Eflow-API-Key`, or as `Authorization: Bearer`. It may what its person may.
- **Errors** are `{"error": "…"}`: 400 says what is wrong with the call, 401 no valid key, 403 a key
  that may not, 404 nothing there, 409 an Idempotency-Key in use or a request that has moved on,
  413 a body that is too large, 429 too many calls (wait `Retry-After` seconds), 500 ours, 503 try
  again in a moment.
- **Limits** are each key's own: `X-RateLimit-Remaining` tells what is left.
- **Writes** to conversions are jobs: `Location` leads to the job, and its rows tell what became of
  each id.
- **Idempotency-Key** (a header, 1 to 255 characters) makes a write safe to send again: for
  24 hours the same call gives the first answer, and is done once.
"""

V4_RULES = """
Leads over HTTP. A key is made on the page [API](/v2/api), or POST /api/login gives an access token
for an hour.

- **Key or token**: as `Authorization: Bearer`; a key as `X-Eflow-API-Key`, too. It may what its
  person may; a partner's brings its own leads, and nothing else.
- **Errors** are `{"type", "title", "detail"}`: 400 says what is wrong with the call, 401 no valid
  key or token, 403 one that may not, 404 nothing there, 409 an Idempotency-Key in use or a batch
  that can't be sent now, 413 a body that is too large, 429 too many calls (wait `Retry-After`
  seconds), 500 ours, 503 try again in a moment. Leads that can't come in are told field by field:
  `{"code", "message", "data"}`.
- **Limits** are each key's own: `X-RateLimit-Remaining` tells what is left.
- **Bulk calls** are jobs: the answer names the job and the leads that it leaves alone, and
  `/api/v4/jobs/{id}/rows` tells what became of each. Up to 100 leads are done at once, as a rule.
- **Collections** are Hydra JSON-LD; `page` and `itemsPerPage` page through them.
- **Idempotency-Key** (a header, 1 to 255 characters) makes a write safe to send again: for
  24 hours the same call gives the first answer, and is done once.
"""
