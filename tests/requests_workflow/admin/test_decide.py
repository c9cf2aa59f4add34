"""Deciding what is chosen in the list, through the same services as anywhere else."""

import re

import pytest

from conversions.models import Conversion
from convertr.accounts.models import Role
from convertr.accounts.permissions import grant
from requests_workflow import rules
from requests_workflow.models import ConversionRequest
from requests_workflow.services import processing
from tests.factories import make_conversion, make_user
from tests.requests_workflow.admin.kit import LIST, choose, confirm
from tests.requests_workflow.kit import accept, again, make_change, make_create, processed

pytestmark = pytest.mark.django_db


class TestDecide:
    def test_it_asks_first(self, admin, asked):
        page = choose(admin, [asked])

        assert page.status_code == 200
        assert f'name="version_{asked.pk}" value="1"' in page.text
        assert again(asked).status == "inquired"

    def test_accepted_and_processed(self, admin, admin_user, asked):
        answer = confirm(admin, [asked])
        processing.process()

        assert (answer.status_code, answer.url) == (302, LIST)
        now = again(asked)
        assert (now.status, now.decided_by) == ("processed", admin_user)
        assert Conversion.objects.get(pk=asked.conversion_id).status == "approved"
        event = now.events.get(status="accepted")
        assert event.pgh_context.metadata["channel"] == "admin"

    def test_rejected_with_a_reason(self, admin, asked):
        page = confirm(admin, [asked], "reject", reason=" ")
        assert page.status_code == 200
        assert "reason" in page.text
        assert again(asked).status == "inquired"

        assert confirm(admin, [asked], "reject", reason="No such sale").status_code == 302
        assert again(asked).decision_reason == "No such sale"

    def test_back_to_where_one_was(self, admin, asked):
        page = choose(admin, [asked], query="status__exact=inquired")
        assert 'name="back" value="status__exact=inquired"' in page.text

        answer = confirm(admin, [asked], back="status__exact=inquired")
        assert answer.url == f"{LIST}?status__exact=inquired"

    def test_a_way_back_leads_nowhere_else(self, admin, asked):
        answer = confirm(admin, [asked], back="//evil.test/?x=1\r\nX: y")

        assert answer.url.startswith(f"{LIST}?")

    def test_four_eyes(self, admin, admin_user, asked, offer, partner):
        own = make_create(admin_user, offer, partner, order_id="o-1")

        page = confirm(admin, [own, asked])

        assert page.status_code == 200
        assert "your own request" in page.text
        assert (again(own).status, again(asked).status) == ("inquired", "accepted")
        assert confirm(admin, [own], "reject", reason="No").status_code == 200
        assert again(own).status == "inquired"

        grant(admin_user, [rules.DECIDE_OWN])
        assert confirm(admin, [own]).status_code == 302

    def test_who_was_second_is_told(self, admin, agency, asked):
        accept(agency, asked)

        page = confirm(admin, [asked], "reject", reason="No", **{f"version_{asked.pk}": 1})

        assert page.status_code == 200
        assert "somebody else has changed it" in page.text
        assert again(asked).decided_by == agency

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
    def test_no_version_decides_nothing(self, admin, asked, version):
        assert confirm(admin, [asked], **{f"version_{asked.pk}": version}).status_code == 200
        assert again(asked).status == "inquired"

    def test_what_is_decided_stays_so(self, admin, agency, asked):
        processed(agency, asked)

        for act in ("accept", "reject", "retry"):
            assert confirm(admin, [asked], act, reason="No").status_code == 200
        assert again(asked).status == "processed"

    def test_a_conflict_is_shown_and_accepted_on_demand(self, admin, raiser, conversion):
        request = make_change(raiser, conversion, payout="9")
        Conversion.objects.filter(pk=conversion.pk).update(payout=7)

        assert "has changed since" in choose(admin, [request]).text
        assert confirm(admin, [request]).status_code == 200
        assert again(request).status == "inquired"
        assert confirm(admin, [request], anyway="1").status_code == 200
        page = choose(admin, [request]).text
        [seen] = re.findall(rf'name="conflict_{request.pk}" value="(\w+)"', page)
        told = {"anyway": "1", f"conflict_{request.pk}": seen}
        assert confirm(admin, [request], **told).status_code == 302
        assert again(request).status == "accepted"

    def test_a_duplicate_is_refused(self, admin, raiser, offer, partner):
        there = make_conversion(offer=offer, partner=partner, order_id="o-1")
        request = make_create(raiser, offer, partner, order_id="o-1")

        assert str(there.pk) in confirm(admin, [request], anyway="1").text
        assert again(request).status == "inquired"

    def test_a_failed_one_is_tried_again(self, admin, asked, agency):
        accept(agency, asked)
        ConversionRequest.objects.filter(pk=asked.pk).update(
            status="failed", failure_code="request_failed"
        )

        assert confirm(admin, [asked], "retry").status_code == 302
        processing.process()
        assert again(asked).status == "processed"

    def test_many_go_by_the_explorer(self, admin, raiser, offer, partner, monkeypatch):
        monkeypatch.setattr("requests_workflow.admin_deciding.MOST", 2)
        made = [make_create(raiser, offer, partner, order_id=f"o-{n}") for n in range(3)]

        answer = choose(admin, made)

        assert answer.status_code == 302
        assert "At most 2" in admin.get(LIST).text

    def test_an_administrator_that_is_new_decides_too(self, sign_in, asked):
        other = make_user(role=Role.ADMIN)
        assert not other.is_superuser

        assert confirm(sign_in(other), [asked]).status_code == 302
        assert again(asked).decided_by == other
