"""Who is at it, and a job to look at: verified, and done."""

import pytest

from convertr.jobs import services
from tests.factories import make_conversion, run_job, verify_csv


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


@pytest.fixture
def job(agency):
    """Verified: one row of each bucket."""
    ready, done = make_conversion(), make_conversion(status="approved")
    return verify_csv(
        agency,
        "conversion_id,status",
        *([ready.pk, "APPROVED"], [done.pk, "APPROVED"], ["999999", "APPROVED"], ["x", "NEW"]),
    )


@pytest.fixture
def done(job, agency):
    return run_job(services.confirm(actor=agency, job=job))
