"""Who imports, and what there is."""

import pytest

from convertr.accounts.permissions import grant
from requests_workflow import rules


@pytest.fixture
def raiser(raiser):
    """A partner's person who may ask for both kinds, and import."""
    grant(raiser, ["jobs.import_data"])
    return raiser


@pytest.fixture
def sole(agency):
    """An agency user who may decide its own requests, too."""
    grant(agency, [rules.DECIDE_OWN])
    return agency
