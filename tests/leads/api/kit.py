"""Addresses, well-formed bodies and the shape of answers of /api/v4."""

from leads.models import LeadEvent
from leads.rules import Act
from tests.factories import run_job

V4 = "/api/v4"
NAME = "Ada Agency"
SIGNED = {"signature": NAME, "confirm": True}
# The call of each act, and what it sends besides the ids.
CALLS = {
    Act.VALID: ("leads-bulk-flag", {"flag": "valid", "ownReason": "Because"}),
    Act.INVALID: ("leads-bulk-flag", {"flag": "invalid", "ownReason": "Because"}),
    Act.TEST: ("leads-bulk-flag", {"flag": "test", "ownReason": "Because"}),
    Act.DELIVERED: ("leads-bulk-deliver", SIGNED),
    Act.UNDELIVERED: ("leads-bulk-undeliver", SIGNED),
    Act.REPLACEMENT: ("leads-bulk-metadata", {"otherReasonType": "replacement"}),
    Act.NO_REPLACEMENT: ("leads-bulk-metadata", {"otherReasonType": "none"}),
    Act.REPROCESS: ("leads-bulk-reprocess", {"confirm": True}),
    Act.DELETE: ("leads-bulk-delete", SIGNED),
}


def act(caller, act, ids, **changes):
    """The bulk call of an act."""
    call, body = CALLS[Act(act)]
    return caller.call("POST", f"{V4}/{call}", {"leadIds": ids, **body, **changes})


def end(answer):
    """The job that a bulk call has begun, at its end."""
    from convertr.jobs.models import Job

    assert answer.status_code == 202, answer.content
    return run_job(Job.objects.get(pk=answer.json()["jobId"]))


def refused(answer, status):
    """The detail of a refusal in the API's one shape."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    assert list(answer.json()) == ["type", "title", "detail"]
    assert all(answer.json().values())
    return answer.json()["detail"]


def invalid(answer):
    """{fieldName: message} of leads that can't come in."""
    assert answer.status_code == 400, answer.content
    told = answer.json()
    assert (list(told), told["code"]) == (["code", "message", "data"], 400)
    assert told["message"] == "Validation failed"
    return {one["fieldName"]: one["message"] for one in told["data"]}


def history(lead):
    """All that history keeps of a lead, but when and by which path."""
    skipped = {"pgh_id", "pgh_obj_id", "pgh_created_at", "pgh_context_id", "pgh_label"}
    times = {"first_delivered_at", "deleted_at"}
    return [
        {k: bool(v) if k in times else v for k, v in event.items() if k not in skipped}
        for event in LeadEvent.objects.filter(pgh_obj=lead).order_by("pgh_id").values()
    ]
