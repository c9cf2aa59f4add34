import pytest

from leads import integrations
from tests.leads.kit import Place, make_lead_campaign


@pytest.fixture
def place(monkeypatch):
    """The one provider of integrations."""
    place = Place()
    monkeypatch.setattr(integrations, "_providers", [place])
    return place


@pytest.fixture
def campaign(db):
    return make_lead_campaign(name="Solar Leads")
