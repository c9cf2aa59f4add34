"""Erroneous rows are grouped by cause: how many each, and only those at a click."""

import pytest

from conversions.status_csv.services import verify_csv
from tests.factories import make_conversion

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(agency):
    locked = make_conversion(locked=True)
    lines = ["x,APPROVED", "y,APPROVED", f"{locked.pk},APPROVED", "z,MAYBE"]
    data = "\n".join(["conversion_id,status", *lines]).encode()
    return verify_csv(actor=agency, name="a.csv", data=data)


def test_causes_are_counted_with_the_most_frequent_first(job, agency, sign_in):
    page = sign_in(agency).get(f"/v2/jobs/{job.pk}/rows?bucket=erroneous").content.decode()
    bad, locked = "“…” is no number", "the conversion is locked"
    assert page.index(f'<span class="strong">3</span> … {bad}') < page.index(
        f'<span class="strong">1</span> {locked}'
    )


def test_a_cause_shows_only_its_rows(job, agency, sign_in):
    url = f"/v2/jobs/{job.pk}/rows?bucket=erroneous&code=conversion_locked"
    page = sign_in(agency).get(url).content.decode()
    assert page.count('<td class="mono job-cell"') == 2
    assert 'aria-pressed="true"' in page


def test_an_unknown_cause_shows_no_row(job, agency, sign_in):
    url = f"/v2/jobs/{job.pk}/rows?bucket=erroneous&code=nonsense"
    assert "No row matches." in sign_in(agency).get(url).content.decode()
