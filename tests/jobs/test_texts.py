"""Sentences of codes, and the nudge that may get lost."""

import pytest
from kombu.exceptions import OperationalError

from conversions.texts import TEXTS
from convertr.celery import app
from convertr.jobs import nudge, texts
from convertr.jobs.texts import render


@pytest.mark.parametrize("code", sorted({*texts._texts, *TEXTS}))
def test_every_code_has_a_sentence_even_without_its_parameters(code):
    assert render(code, {}) != code
    assert render(code, None)
    assert "Oops" not in render(code)
    assert "!" not in render(code)


def test_parameters_stand_in_the_sentence():
    assert render("duplicate", {"line": 7}) == "the same as line 7"


def test_a_value_with_percents_or_braces_is_only_a_value():
    assert "“100%s {0} %(x)s”" in render("bad_status", {"value": "100%s {0} %(x)s"})


def test_further_errors_of_a_row_follow():
    more = {"value": "x", "more": [["bad_cost", {"value": "1,5"}], ["empty_status", {}]]}

    assert render("bad_uuid", more).count("; ") >= 2
    assert "1,5" in render("bad_uuid", more)


def test_no_code_is_no_sentence_and_an_unknown_one_is_shown():
    assert render(None) == render("") == ""
    assert render("from_the_future", {"a": 1}) == "from_the_future"


@pytest.mark.parametrize(("messages", "sent"), [(0, 1), (1, 1), (3, 3), (400, 4)])
def test_a_job_is_nudged_by_at_most_four_messages(monkeypatch, messages, sent):
    calls = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **_: calls.append((name, args)))
    nudge.nudge(5, messages)

    assert calls == [("jobs.run", [5])] * sent


def test_a_nudge_that_cant_be_sent_is_no_error(monkeypatch, caplog):
    def away(*_args, **_more):
        raise OperationalError("nobody there")

    monkeypatch.setattr(app, "send_task", away)
    nudge.nudge(5, 2)

    assert "jobs.run (5,) waits for the next tick" in caplog.text
