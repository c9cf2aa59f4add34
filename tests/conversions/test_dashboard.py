"""The dashboard: counts by day and status, counted money, jobs; a partner's own only."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from conversions.figures import DAYS, days, figures
from convertr.jobs.models import Job, State
from convertr.ui.charts import Series, ceiling, short, stacked
from tests.factories import make_conversion, make_conversions, make_offer, make_reason

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


@pytest.fixture
def data(partner, other_partner):
    euro, dollar = make_offer(currency="EUR"), make_offer(currency="USD")
    make_conversions(3, offer=euro, partner=partner, status="approved",
                     payout=Decimal(10), revenue=Decimal("12.5"))  # fmt: skip
    make_conversions(2, offer=dollar, partner=other_partner, status="approved",
                     payout=Decimal(4), revenue=Decimal(7))  # fmt: skip
    make_conversion(offer=euro, partner=partner, status="pending", payout=Decimal(999))
    make_conversion(offer=euro, partner=partner, status="rejected", reason_code="fraud")
    make_conversion(offer=euro, partner=other_partner, status="rejected", reason_code="late")
    make_conversion(offer=euro, partner=partner, status="approved", payout=Decimal(888),
                    converted_at=timezone.now() - timedelta(days=DAYS + 1))  # fmt: skip
    make_reason("fraud", "Fraudulent")
    make_reason("late", "Came too late")


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def test_staff_see_all_counted_money_by_currency(agency, sign_in, data):
    text = words(sign_in(agency).get("/"))
    assert "Revenue 37.50 EUR Payout 30.00 EUR Margin 7.50 EUR" in text
    assert "Revenue 14.00 USD Payout 8.00 USD Margin 6.00 USD" in text
    assert "Approved 5" in text
    assert "New 1" in text
    assert "Rejected 2" in text
    assert "Fraudulent 1" in text
    for uncounted in ("999", "888"):
        assert uncounted not in text


def test_a_partner_sees_its_own_money_and_reasons(partner_user, sign_in, data):
    response = sign_in(partner_user).get("/")
    text = words(response)
    assert "Payout 30.00 EUR" in text
    assert "Fraudulent 1" in text
    for hidden in ("USD", "Came too late", "Revenue", "Margin", "37.5"):
        assert hidden not in response.text, hidden


def test_the_cache_keeps_partners_apart(agency, partner_user, other_partner_user, data):
    totals = {
        u: sum(f.count for f in figures(u)) for u in (agency, partner_user, other_partner_user)
    }
    assert list(totals.values()) == [8, 5, 3]


def test_figures_are_kept_for_a_minute(agency, data, django_assert_num_queries):
    figures(agency)
    with django_assert_num_queries(0):
        figures(agency)


def test_without_the_cache_the_dashboard_still_serves(agency, sign_in, data, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}
    assert "37.50" in sign_in(agency).get("/").text


def test_days_are_those_of_the_persons_zone(agency, db):
    with timezone.override("Pacific/Kiritimati"):
        ahead = days()[-1]
    with timezone.override("Pacific/Pago_Pago"):
        behind = days()[-1]
    assert (ahead - behind).days in (1, 2)
    assert len(days()) == DAYS


def test_jobs_under_way_are_listed(agency, partner_user, sign_in):
    shown = Job.objects.create(
        kind="conversions.status_csv", requested_by=agency, state=State.RUNNING
    )
    Job.objects.create(kind="conversions.status_csv", requested_by=agency, state=State.DONE,
                       finished_at=timezone.now())  # fmt: skip
    assert sign_in(agency).get("/").text.count("<tr data-href") == 1
    assert f"/v2/jobs/{shown.pk}" in sign_in(agency).get("/").text
    assert f"/v2/jobs/{shown.pk}" not in sign_in(partner_user).get("/").text


def test_an_empty_dashboard_says_so(agency, sign_in):
    page = sign_in(agency).get("/").text
    for text in ("No conversions in these days", "No money counts yet", "No job is running"):
        assert text in page


def test_signed_out_leads_to_sign_in():
    assert Client().get("/").status_code == 302


def test_no_inline_style_or_script(agency, sign_in, data):
    for url in ("/", "/v2/conversions"):
        page = sign_in(agency).get(url).text
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]* src=)", page)


# --- charts ---


def test_bars_stand_on_one_another_within_the_chart():
    shown = days()
    series = [Series("a", "green", [3] * DAYS), Series("b", "red", [5] * DAYS)]
    chart = stacked("x", shown, series)
    for column in chart.columns:
        low, high = column.bars
        assert low.y + low.height == pytest.approx(chart.bottom, abs=0.1)
        assert high.y + high.height == pytest.approx(low.y, abs=0.1)
        assert high.y >= 0
    assert len(chart.rows) == DAYS
    assert chart.rows[0] == (shown[-1], [3, 5])


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (5, 8), (9, 12), (13, 20), (21, 40), (16_800, 20_000)]
)
def test_the_axis_ends_at_a_round_number(value, top):
    assert ceiling(value) == top


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (950, "950"), (1_200, "1.2k"), (3e6, "3M"), (2.5, "2.5")]
)
def test_numbers_on_the_axis_are_short(value, said):
    assert short(value) == said
