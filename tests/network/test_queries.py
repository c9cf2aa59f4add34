"""No page of parties, audit, keys or the admin asks the database more when it shows more."""

from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversions.models import PostbackCall
from convertr.accounts.keys import create_key
from convertr.accounts.models import ApiKey
from convertr.audit.entries import note
from convertr.network.models import Advertiser
from tests.factories import (
    make_campaign,
    make_conversion,
    make_event,
    make_offer,
    make_partner,
    make_user,
)


def fill(advertiser, partner, offer, person, count):
    for n in range(count):
        other = make_offer(advertiser=advertiser, partners=[partner])
        make_campaign(advertiser=advertiser)
        make_event(offer, f"Event {ApiKey.objects.count()}")
        offer.partners.add(make_partner())
        make_user(role="partner", partner=partner)
        make_conversion(offer=other, partner=partner, status=["approved", "rejected"][n % 2])
        make_conversion(offer=offer, partner=make_partner())
        PostbackCall.objects.create(offer=offer, parameters={"n": n}, outcome="created")
        note("offer.changed", f"offer {n}")
        create_key(actor=None, user=person, name=f"Key {n}")


def queries(client, page):
    cache.clear()
    client.get(page)  # what is looked up once in a process doesn't count
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200, page
    return len(captured)


def test_pages_ask_as_much_for_many(agency, admin_user, sign_in):
    advertiser, partner = Advertiser.objects.create(name="One"), make_partner()
    offer = make_offer(advertiser=advertiser, partners=[partner])
    staff, admin = sign_in(agency), sign_in(admin_user)
    pages = [
        "/v2/offers", "/v2/partners", "/v2/advertisers", "/v2/campaigns", "/v2/audit",
        f"/v2/offer/{offer.pk}", f"/v2/offer/{offer.pk}/postbacks", f"/v2/partner/{partner.pk}",
        f"/v2/advertiser/{advertiser.pk}", "/v2/api",
    ]  # fmt: skip
    doors = [
        "/admin/network/offer/", "/admin/network/campaign/",
        f"/admin/network/offer/{offer.pk}/change/", "/admin/accounts/user/",
        "/admin/accounts/apikey/", "/admin/conversions/conversion/",
    ]  # fmt: skip

    def counts():
        return {p: queries(staff, p) for p in pages} | {p: queries(admin, p) for p in doors}

    fill(advertiser, partner, offer, agency, 3)
    few = counts()
    fill(advertiser, partner, offer, agency, 20)

    assert counts() == few
    assert max(few.values()) <= 20
