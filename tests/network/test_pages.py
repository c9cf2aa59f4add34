from decimal import Decimal

import pytest

from tests.factories import (
    make_campaign,
    make_conversion,
    make_conversions,
    make_event,
    make_offer,
    make_user,
)

LISTS = ["offers", "partners", "advertisers", "campaigns"]


@pytest.fixture
def offer(partner):
    return make_offer(
        name="Garden shop",
        currency="CHF",
        partners=[partner],
        rates={"payout_fixed": 2, "payout_percent": "7.5", "revenue_fixed": 9},
    )


@pytest.fixture
def staff(sign_in, agency2):
    return sign_in(agency2)


def page(client, path):
    answer = client.get(f"/v2/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_empty_lists_say_what_to_do(sign_in, admin_user, agency2, name):
    assert "Add " in page(sign_in(admin_user), name)
    assert "administrator adds" in page(sign_in(agency2), name)


def test_lists_show_ids_and_names(staff, offer, partner):
    campaign = make_campaign(name="Solar advice")

    assert "Garden shop" in page(staff, "offers")
    assert f"/v2/offer/{offer.pk}" in page(staff, "offers")
    assert partner.name in page(staff, "partners")
    assert offer.advertiser.name in page(staff, "advertisers")
    assert campaign.advertiser.name in page(staff, "campaigns")


def test_offers_are_found_by_a_part_of_the_name_and_by_id(staff, offer):
    other = make_offer(name="Something else")

    for found in (page(staff, "offers?q=garden"), page(staff, f"offers?q={offer.pk}")):
        assert "Garden shop" in found
        assert "Something else" not in found
    filtered = page(staff, f"offers?currency=EUR&advertiser={other.advertiser_id}")
    assert "Something else" in filtered
    assert "Garden shop" not in filtered


@pytest.mark.parametrize("query", ["status=nonsense", "advertiser=x", "currency=XXX", "sort=what"])
def test_bad_filters_are_no_server_error(staff, offer, query):
    page(staff, f"offers?{query}")


def test_an_offers_page(staff, offer, partner):
    make_event(offer, "Renewal", payout_percent=3, revenue_percent=5)

    shown = page(staff, f"offer/{offer.pk}")

    assert offer.advertiser.name in shown
    assert partner.name in shown
    assert "7.5 % of the sale" in shown
    assert "3 % of the sale" in shown
    assert ">CHF<" in shown


def test_figures_by_status(staff, offer, partner):
    make_conversions(3, offer=offer, partner=partner, status="approved", payout=Decimal("1.25"))
    make_conversion(offer=offer, partner=partner, status="rejected")
    make_conversion(status="throttled")

    for path in (
        f"offer/{offer.pk}",
        f"partner/{partner.pk}",
        f"advertiser/{offer.advertiser_id}",
    ):
        shown = page(staff, path)
        assert "3.75" in shown
        assert "Rejected" in shown
        assert "Throttled" not in shown


def test_the_postback_secret_is_for_those_who_may_see_it(sign_in, agency, agency2, offer):
    assert offer.postback_token in page(sign_in(agency), f"offer/{offer.pk}")

    hidden = page(sign_in(agency2), f"offer/{offer.pk}")
    assert offer.postback_token not in hidden
    assert f"/postback?offer={offer.pk}&amp;" in hidden


def test_a_partners_page_names_its_people_and_offers(staff, offer, partner):
    make_user(full_name="Pia Partner", role="partner", partner=partner)

    shown = page(staff, f"partner/{partner.pk}")

    assert "Pia Partner" in shown
    assert "Garden shop" in shown


def test_an_advertisers_and_a_campaigns_page(staff):
    campaign = make_campaign(name="Solar advice")

    assert "Solar advice" in page(staff, f"advertiser/{campaign.advertiser_id}")
    assert campaign.advertiser.name in page(staff, f"campaign/{campaign.pk}")


@pytest.mark.parametrize("kind", ["offer", "partner", "advertiser", "campaign"])
@pytest.mark.parametrize("pk", ["999999", "9" * 30])
def test_unknown_ones_are_not_found(staff, kind, pk):
    assert staff.get(f"/v2/{kind}/{pk}").status_code == 404


@pytest.mark.parametrize("path", [*LISTS, "offer/1", "partner/1", "advertiser/1", "campaign/1"])
def test_parties_are_none_of_a_partners_business(sign_in, partner_user, client, path):
    assert sign_in(partner_user).get(f"/v2/{path}").status_code == 403
    answer = client.get(f"/v2/{path}")
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_a_list_takes_as_many_queries_for_many(staff, django_assert_max_num_queries):
    for n in range(30):
        make_offer(name=f"Offer number {n}")

    with django_assert_max_num_queries(12):
        page(staff, "offers")
