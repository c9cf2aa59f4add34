"""What a person presses, and what the answer says."""

import csv
import io
import re

HTMX = {"HX-Request": "true"}


def press(client, job, what, **data):
    return client.post(f"/v2/jobs/{job.pk}/{what}", data, headers=HTMX)


def text_of(response):
    return response.content.decode()


def lines_of(response):
    """The records of a downloaded CSV, as dicts."""
    text = b"".join(response).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def polls(shown):
    """Whether the job, and not the bell, asks again."""
    return bool(re.search(r'id="job-\d+"[^>]*hx-trigger="every', text_of(shown)))
