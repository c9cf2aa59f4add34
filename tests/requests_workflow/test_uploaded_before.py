"""The warning that a file came before, to a partner only of what its own person has uploaded."""

import pytest

from convertr.accounts.permissions import grant
from convertr.jobs.uploaded import uploaded_before
from tests.factories import make_conversion
from tests.requests_workflow.importing.kit import verify

pytestmark = pytest.mark.django_db
COLUMNS = "request_type,conversion_uuid,payout"


def test_others_uploads_of_the_same_bytes_are_not_there_for_a_partner(
    agency, raiser, other_raiser, partner
):
    for person in (raiser, other_raiser):
        grant(person, ["jobs.import_data"])
    row = ["CHANGE", make_conversion(partner=partner).uuid, "5"]
    for person in (agency, other_raiser):
        verify(person, COLUMNS, row)

    first = verify(raiser, COLUMNS, row)
    second = verify(raiser, COLUMNS, row)

    assert uploaded_before(first) is None
    assert uploaded_before(second) == first
    assert uploaded_before(verify(agency, COLUMNS, row)) == second
