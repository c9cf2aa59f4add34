"""A conversion's page: fields, money, timeline; to whom it exists and what it tells a partner."""

from decimal import Decimal

import pytest
from django.test import Client

from conversions.models import Conversion
from convertr.audit.context import acting, recorded
from convertr.jobs.models import Job
from convertr.ui.registry import Panel, register_panel, registry
from tests.factories import make_advertiser, make_conversion, make_offer, make_reason, make_user

pytestmark = pytest.mark.django_db


def url(conversion):
    return f"/v2/conversion/{conversion.pk}"


def change(conversion, user, *, channel="page", job_id=None, **fields):
    with acting(user, channel=channel, job_id=job_id), recorded():
        Conversion.objects.filter(pk=conversion.pk).update(**fields)


@pytest.fixture
def conversion(partner):
    offer = make_offer(
        name="Phone", currency="CHF", advertiser=make_advertiser(name="Kite Mobile"),
        rates={"payout_fixed": 2, "payout_percent": 10, "revenue_percent": 12},
    )  # fmt: skip
    return make_conversion(
        offer=offer, partner=partner, sale_amount=Decimal(200), adv1="adv-one", ip="203.0.113.9",
        note="internal note", request_id="advertisers-own", sub1="<b>sub</b>",
    )  # fmt: skip


def test_it_shows_fields_money_and_rates(agency, sign_in, conversion):
    page = sign_in(agency).get(url(conversion)).text
    for words in ("Kite Mobile", "Clickwell Media", "Phone", "advertisers-own", "adv-one",
                  "203.0.113.9", "internal note", str(conversion.uuid), "22.00", "24.00", "CHF",
                  "10 % of the sale", "12 % of the sale", "not counted"):  # fmt: skip
        assert words in page, words
    assert "&lt;b&gt;sub&lt;/b&gt;" in page


def test_money_of_an_approved_conversion_counts(agency, sign_in, conversion):
    change(conversion, agency, status="approved")
    assert "not counted" not in sign_in(agency).get(url(conversion)).text


def test_the_timeline_tells_who_when_how_and_what(agency, sign_in, conversion):
    make_reason("fraud", "Fraudulent")
    job = Job.objects.create(kind="conversions.status_csv", requested_by=agency)
    change(conversion, agency, channel="csv", job_id=job.pk, status="rejected", reason_code="fraud")
    change(conversion, agency, channel="postback", revenue=Decimal("30.5"))
    entries = sign_in(agency).get(url(conversion)).context["timeline"]
    assert [entry.made for entry in entries] == [False, False, True]
    assert [c.label for c in entries[0].changes] == ["Revenue"]
    assert [c.label for c in entries[1].changes] == ["Status", "Reason"]
    assert (entries[1].who, entries[1].job_id) == ("Ada Agency", job.pk)
    page = sign_in(agency).get(url(conversion)).text
    for words in (
        "by CSV",
        f"/v2/jobs/{job.pk}",
        "Fraudulent",
        "30.50",
        "advertiser&#x27;s postback",
    ):
        assert words in page, words


def test_a_partner_reads_only_its_part(partner_user, partner, agency, sign_in, conversion):
    make_reason("fraud", "Fraudulent")
    colleague = make_user(role="partner", partner=partner, full_name="Carl Colleague")
    change(conversion, agency, channel="csv", job_id=1, status="rejected", reason_code="fraud",
           note="other note", revenue=Decimal("55.55"))  # fmt: skip
    change(conversion, agency, revenue=Decimal("66.66"))
    change(conversion, colleague, sale_amount=Decimal(300), sub2="own")
    response = sign_in(partner_user).get(url(conversion))
    entries = response.context["timeline"]
    labels = [sorted(c.label for c in entry.changes) for entry in entries]
    assert labels == [["Sale amount"], ["Reason", "Status"], []]
    assert [entry.who for entry in entries][:2] == ["Carl Colleague", "The network"]
    assert {entry.job_id for entry in entries} == {None}
    for words in ("Ada Agency", "Kite Mobile", "advertisers-own", "adv-one", "203.0.113.9", "note",
                  "55.55", "66.66", "24.00", "12 %", "Revenue", "by CSV"):  # fmt: skip
        assert words not in response.text, words
    for words in ("Fraudulent", "22.00", "10 % of the sale", "Phone"):
        assert words in response.text, words


def test_someone_elses_is_not_there(other_partner_user, sign_in, conversion):
    assert sign_in(other_partner_user).get(url(conversion)).status_code == 404
    assert Client().get(url(conversion)).status_code == 302


@pytest.mark.parametrize("number", ["0", "999999999999", "9" * 40])
def test_a_number_of_no_conversion_is_a_404(agency, sign_in, number):
    assert sign_in(agency).get(f"/v2/conversion/{number}").status_code == 404


def test_wrong_methods_are_refused(agency, sign_in, conversion):
    assert sign_in(agency).post(url(conversion)).status_code == 405


def test_it_offers_only_acts_that_can_be_done(agency, agency2, sign_in, conversion):
    def acts(user):
        page = sign_in(user).get(url(conversion)).text
        return ['value="approved"' in page, 'value="rejected"' in page]

    assert acts(agency) == [True, True]
    assert acts(agency2) == [False, False]
    change(conversion, agency, status="approved")
    assert acts(agency) == [False, True]
    change(conversion, agency, locked=True)
    assert acts(agency) == [False, False]


def test_other_apps_show_panels_on_it(agency, partner_user, sign_in, conversion):
    panel = Panel(
        "conversion", "test", "Of another app", "conversions/cards/rejections.html",
        lambda _request, thing: {"reasons": [(f"for {thing.pk}", 3)], "total": 3},
        visible=lambda user: not user.is_partner,
    )  # fmt: skip
    register_panel(panel)
    try:
        page = sign_in(agency).get(url(conversion)).text
        assert f"for {conversion.pk}" in page
        assert "Of another app" not in sign_in(partner_user).get(url(conversion)).text
    finally:
        del registry.panels["conversion", "test"]
