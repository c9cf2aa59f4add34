"""Notes: bounded, never overwritten unseen, written beside a cost, too."""

import pytest

from conversions.models import Conversion
from convertr.errors import DomainError
from convertr.jobs import services
from tests.factories import make_conversion, make_offer, make_reason, run_job, verify_csv

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("note", ["a\0b", "x" * 501])
def test_a_note_that_cannot_be_kept_is_refused_at_confirm(agency, note):
    make_reason("fraud")
    job = verify_csv(agency, "conversion_id,status", [make_conversion().pk, "REJECTED"])
    with pytest.raises(DomainError) as caught:
        services.confirm(actor=agency, job=job, data={"reason": "fraud", "note": note})
    assert caught.value.code == "bad_note"


def test_a_note_that_someone_else_wrote_meanwhile_is_not_overwritten(agency):
    conversion = make_conversion(note="old")
    job = verify_csv(agency, "conversion_id,status,note", [conversion.pk, "APPROVED", "mine"])
    Conversion.objects.filter(pk=conversion.pk).update(note="theirs")
    services.confirm(actor=agency, job=job)
    run_job(job)
    conversion.refresh_from_db()
    assert (conversion.status, conversion.note) == ("pending", "theirs")


def test_a_note_is_written_beside_a_cost_when_the_status_stays(agency):
    offer = make_offer(rates={"payout_percent": 10})
    conversion = make_conversion(offer=offer, status="approved")
    row = [conversion.pk, "APPROVED", "50", "checked"]
    job = verify_csv(agency, "conversion_id,status,cost,note", row)
    services.confirm(actor=agency, job=job)
    run_job(job)
    conversion.refresh_from_db()
    assert (conversion.payout, conversion.note) == (5, "checked")
