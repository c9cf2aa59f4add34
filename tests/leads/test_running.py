"""Rules compiled once and carried out on leads; what raises fails one lead and tells nothing."""

import traceback
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from leads import running
from leads.processors import BadOptions, Earlier, Judged
from leads.processors.base import Processor
from leads.rules import Status
from leads.running import Job, JobSpec, RuleFailed, Rules, TransformSpec, compile_rules
from leads.transforms import patterns
from leads.transforms.base import Transform

AT = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = {
    "firstName": "first_name",
    "email": "email",
    "telephone": "telephone",
    "country": "country",
}
SECRET = "anna.secret@x.de"


def compiled(transforms=(), jobs=()):
    return compile_rules(FIELDS, transforms, jobs)


def judged(data, **given):
    lead = Judged(data, "84.1.2.3", AT, FIELDS, 1, 2)
    return lead._replace(**given)


def judge(jobs, data, **given):
    return running.judge(compiled(jobs=jobs), judged(data, **given))


# --- transforms ---


def test_transforms_run_in_their_order_and_leave_what_was_received():
    rules = compiled(
        [
            TransformSpec("default", "country", {"value": " germany "}),
            TransformSpec("trim", "country", {}),
            TransformSpec("country", "country", {}),
            TransformSpec("telephone", "telephone", {"country_field": "country"}),
        ]
    )
    received = {"telephone": "0170 1234567", "note": " x "}

    data = running.transform(rules, received)

    assert data == {"telephone": "+491701234567", "note": " x ", "country": "DE"}
    assert received == {"telephone": "0170 1234567", "note": " x "}


def test_rules_are_used_for_one_lead_after_the_other():
    rules = compiled([("trim", "email", {})])

    assert [running.transform(rules, {"email": f" {n} "}) for n in range(3)] == [
        {"email": "0"}, {"email": "1"}, {"email": "2"},
    ]  # fmt: skip


# --- jobs ---


def test_each_job_that_ran_has_its_verdict_in_order():
    run = judge(
        [
            JobSpec("required", "email", {}, 30),
            JobSpec("email_syntax", "email", {}, 10, hardfail=True),
            JobSpec("required", "telephone", {}, 10),
        ],
        {"email": "anna@x.de"},
    )

    assert run.verdicts == [
        {"kind": "required", "field": "email", "points": 30, "passed": True, "hardfail": False,
         "code": ""},
        {"kind": "email_syntax", "field": "email", "points": 10, "passed": True, "hardfail": True,
         "code": ""},
        {"kind": "required", "field": "telephone", "points": 10, "passed": False,
         "hardfail": False, "code": "value_missing"},
    ]  # fmt: skip
    assert (run.score.status, run.score.percent) == (Status.CAUTION, Decimal("80.00"))


def test_a_failed_hardfail_decides_alone():
    jobs = [JobSpec("required", "email", {}, 99), JobSpec("required", "telephone", {}, 1, True)]

    score = judge(jobs, {"email": "x"}).score

    assert (score.status, score.percent, score.hardfail) == (Status.INVALID, Decimal(99), True)


def test_the_ids_and_the_earlier_leads_reach_the_jobs():
    earlier = [Earlier("email", 1, 2, AT - timedelta(days=3), UUID(int=1))]

    run = judge([JobSpec("duplicate", "", {"days": 3}, 10)], {}, earlier=earlier)

    assert [verdict["code"] for verdict in run.verdicts] == ["duplicate_email"]


@pytest.mark.parametrize(
    ("value", "country", "runs"),
    [
        ("DE", "DE", True),
        (" de ", "DE", True),
        ("DE", " de\t", True),
        ("straße", "STRASSE", True),
        ("DE", "AT", False),
        ("DE", None, False),
        ("de; at", "AT", True),
        ("de; at", "CH", False),
        # Only where it is empty.
        ("", "", True),
        ("", None, True),
        ("", "DE", False),
    ],
)
def test_a_job_runs_only_where_its_condition_is_met(value, country, runs):
    data = {} if country is None else {"country": country}

    run = judge([JobSpec("required", "email", {}, 10, False, "country", value)], data)

    assert len(run.verdicts) == runs
    assert run.score.status == (Status.INVALID if runs else Status.VALID)


def test_how_far_the_rules_look_back():
    jobs = [JobSpec("duplicate", "", {"days": days}, 1) for days in (7, 90)]

    assert compiled(jobs=jobs).looks_back == 90
    assert compiled(jobs=[JobSpec("required", "email", {}, 1)]).looks_back == 0
    assert compiled().looks_back == 0


# --- what goes wrong ---


class Breaks(Transform):
    label = "Breaks"

    def apply(self, data):
        raise ValueError(f"can't read {data['email']}")


class Falls(Processor):
    label = "Falls"

    def judge(self, lead):
        return {}[lead.data["email"]]


def failed(rules, data):
    with pytest.raises(RuleFailed) as raised:
        running.judge(rules, judged(running.transform(rules, data)))
    return raised.value


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (
            Rules(FIELDS, (Breaks("email", {}),), ()),
            "Breaks (email): It failed unexpectedly (ValueError).",
        ),
        (
            Rules(FIELDS, (), (Job(Falls("email", {}), 10),)),
            "Falls (email): It failed unexpectedly (KeyError).",
        ),
    ],
)
def test_of_an_unexpected_error_only_its_name_is_told(rules, text):
    error = failed(rules, {"email": SECRET})

    assert (str(error), error.text, error.field) == (text, text, "email")
    assert SECRET not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("rules", "label"),
    [
        (compiled([("regex_replace", "email", {"pattern": "(a|aa)+$"})]), "Replace by pattern"),
        (compiled(jobs=[JobSpec("regex", "email", {"pattern": "(a|aa)+$"}, 1)]), "Pattern"),
    ],
)
def test_a_pattern_that_is_stopped_fails_the_lead_with_its_text(monkeypatch, rules, label):
    monkeypatch.setattr(patterns, "TIME_LIMIT", 0.02)

    error = failed(rules, {"email": "a" * 80 + "b"})

    assert str(error) == f"{label} (email): The pattern ran too long and was stopped."
    assert error.kind in {"regex_replace", "regex"}
    # And no other lead's.
    assert running.transform(rules, {"email": "b"}) == {"email": "b"}


@pytest.mark.parametrize(
    ("transforms", "jobs", "text"),
    [
        ([("case", "email", {"to": "title"})], [], "Case (email): To: "),
        ([("reverse", "email", {})], [], "There is no value transform “reverse”"),
        ([], [JobSpec("required", "", {}, 1)], "Required: A field is needed"),
        ([], [JobSpec("guess", "email", {}, 1)], "There is no processor job “guess”"),
    ],
)
def test_rules_that_can_not_be_compiled_are_named(transforms, jobs, text):
    with pytest.raises(BadOptions, match=f"^{text.replace('(', '[(]').replace(')', '[)]')}"):
        compiled(transforms, jobs)
