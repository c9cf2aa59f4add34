"""Logs: one JSON object a line with its ids, and no values of a row."""

import json
import logging

import pytest
from django.db import IntegrityError

from convertr.audit.context import Actor, _current
from convertr.logs import AddIds, JsonFormatter


def line(text, *args, exc_info=None):
    record = logging.LogRecord("convertr.x", logging.ERROR, __file__, 1, text, args, exc_info)
    AddIds().filter(record)
    formatted = JsonFormatter().format(record)
    assert "\n" not in formatted
    return json.loads(formatted)


def test_a_line_has_the_ids_of_the_one_who_acts_and_of_the_job():
    token = _current.set(Actor(actor_id=7, job_id=12))
    try:
        assert line("Job %s", 12).items() >= {"user_id": 7, "job_id": 12, "text": "Job 12"}.items()
    finally:
        _current.reset(token)


def test_what_postgresql_says_about_a_row_is_left_out():
    try:
        raise IntegrityError(
            "duplicate key\nDETAIL:  Key (email)=(jane@example.test) already exists.\n"
            'CONTEXT:  COPY leads, line 1: "jane@example.test"'
        )
    except IntegrityError as error:
        found = line("failed", exc_info=(type(error), error, error.__traceback__))
    assert "duplicate key" in found["error"]
    assert "jane@" not in json.dumps(found)


@pytest.mark.django_db
def test_a_request_keeps_the_id_that_a_proxy_gave_unless_it_could_forge_a_line(client):
    given = client.get("/healthz", headers={"x-request-id": "abc-123-def-456"})
    assert given["X-Request-Id"] == "abc-123-def-456"
    forged = client.get("/healthz", headers={"x-request-id": 'x"} {"text":"forged"}'})
    assert len(forged["X-Request-Id"]) == 16
