"""What a call did is undone as what a file did."""

from decimal import Decimal

import pytest

from conversions.models import Conversion
from convertr.jobs import services
from convertr.jobs.models import Job
from tests.factories import make_conversion, outcomes, run_job
from tests.http_api.test_statuses import URL, patch

pytestmark = pytest.mark.django_db


def undone(agency, answer):
    job = Job.objects.get(pk=answer["X-Job-Id"])
    parameters = {"send_postbacks": False}
    undoing = services.undo(
        actor=agency, job=job, signature=agency.full_name, parameters=parameters
    )
    return run_job(undoing)


def test_a_status_goes_back_to_new(network, agency):
    kept, changed = make_conversion(), make_conversion()
    answer = patch(network, [kept.uuid.hex, changed.uuid.hex, "0" * 32])
    patch(network, [changed.uuid.hex], "rejected")

    undoing = undone(agency, answer)

    assert outcomes(undoing) == [("applied", None), ("conflict", "changed_since_job")]
    assert Conversion.objects.get(pk=kept.pk).status == "pending"
    assert Conversion.objects.get(pk=changed.pk).status == "rejected"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("payoutrevenue", {"payout": 9.99}, "payout"),
        ("saleamount", {"sale_amount": 9.99}, "sale_amount"),
        ("notes", {"notes": "wrong"}, "note"),
    ],
)
def test_amounts_and_notes_go_back(network, agency, path, body, field):
    before = make_conversion(status="approved", sale_amount=Decimal(20), note="right")
    answer = network.call("PUT", f"{URL}/{before.uuid.hex}/{path}", body)
    changed = Conversion.objects.get(pk=before.pk)
    assert getattr(changed, field) != getattr(before, field)

    assert outcomes(undone(agency, answer)) == [("applied", None)]

    after = Conversion.objects.get(pk=before.pk)
    assert getattr(after, field) == getattr(before, field)
