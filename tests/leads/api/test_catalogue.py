"""Reasons and categories over HTTP."""

import pytest
from django.test import Client

from convertr.audit.models import Entry
from leads.models import FlagReason, FlagReasonCategory
from tests.http_api.conftest import Caller
from tests.leads.api.kit import V4, act, end, refused
from tests.leads.kit import make_lead

pytestmark = pytest.mark.django_db
REASONS, CATEGORIES = f"{V4}/lead-flag-reasons", f"{V4}/lead-flag-reason-categories"
NEW = {"code": "moved-away", "name": "Moved away"}


@pytest.fixture
def root(admin_user):
    return Caller(admin_user)


def members(caller, path):
    answer = caller.call("GET", path)
    assert answer.status_code == 200
    return answer.json()["hydra:member"]


def test_reasons_of_a_flag(network):
    found = members(network, f"{REASONS}?leadFlag.name=test")

    own = FlagReason.objects.get(code="own-test")
    assert {
        "@id": f"{REASONS}/{own.pk}",
        "@type": "LeadFlagReason",
        "id": own.pk,
        "code": "own-test",
        "name": "Our own test",
        "leadFlag": {"name": "test"},
        "returned": False,
    } in found
    assert {one["leadFlag"]["name"] for one in found} == {"test"}
    every = members(network, REASONS)
    assert {one["leadFlag"]["name"] for one in every} == {"valid", "invalid", "test"}
    assert [one["code"] for one in every if one["returned"]] == ["returned"]


def test_a_flag_that_is_none(network):
    refused(network.call("GET", f"{REASONS}?leadFlag.name=caution"), 400)


def test_retired_ones_are_not_offered(network):
    FlagReason.objects.filter(flag="test").update(retired=True)

    assert members(network, f"{REASONS}?leadFlag.name=test") == []


def test_pages(network):
    answer = network.call("GET", f"{REASONS}?itemsPerPage=5&page=2").json()

    assert len(answer["hydra:member"]) == 5
    assert answer["hydra:totalItems"] == FlagReason.objects.count()
    assert answer["hydra:view"]["hydra:previous"] == f"{REASONS}?itemsPerPage=5&page=1"


def test_an_admin_adds_a_category_and_it_is_used(root, network, campaign):
    answer = root.call("POST", CATEGORIES, NEW)

    made = FlagReasonCategory.objects.get(code="moved-away")
    assert answer.status_code == 201
    assert answer.json() == {
        "@id": f"{CATEGORIES}/{made.pk}",
        "@type": "LeadFlagReasonCategory",
        "id": made.pk,
        **NEW,
        "leadFlag": {"name": "invalid"},
    }
    assert answer.json() in members(network, f"{CATEGORIES}?leadFlag.name=invalid")
    assert Entry.objects.latest("pk").action == "flag_reason_category.added"
    changes = {"ownReason": "", "reason": "returned", "reasonCategory": "moved-away"}
    assert end(act(network, "invalid", [make_lead(campaign).pk], **changes)).counts["applied"] == 1


def test_what_is_no_new_category(root, subtests):
    for changes, status in (
        ({"code": "wrong-number"}, 409),
        ({"code": "a b"}, 400),
        ({"code": ""}, 400),
        ({"code": "x" * 61}, 400),
        ({"name": ""}, 400),
        ({"name": "a\x00"}, 400),
        ({"name": None}, 400),
    ):
        with subtests.test(str(changes)):
            refused(root.call("POST", CATEGORIES, {**NEW, **changes}), status)
    assert not FlagReasonCategory.objects.filter(text="Moved away").exists()


def test_only_admins_add(network, affiliate):
    assert "administrators" in refused(network.call("POST", CATEGORIES, NEW), 403)
    refused(affiliate.call("POST", CATEGORIES, NEW), 403)
    refused(Client().post(CATEGORIES, NEW, "application/json"), 401)
