"""The pages of postbacks."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversions.partner_postbacks.models import PartnerPostback, PostbackAttempt, PostbackEvent
from convertr.accounts.permissions import grant
from convertr.ui.models import Notification
from tests.factories import make_conversion, make_offer, make_postback, make_postback_event

pytestmark = pytest.mark.django_db
SECRET = "s3cret-of-theirs"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def postback(partner):
    return make_postback(partner, f"https://partner.test/told?key={SECRET}&c={{change_id}}")


@pytest.fixture
def client(sign_in, agency):
    return sign_in(agency)


@pytest.fixture
def manager(partner_user):
    grant(partner_user, ["conversions.manage_postbacks"])
    return partner_user


def posted(**changes):
    return {
        "offer": "",
        "method": "POST",
        "url": "https://partner.test/told?c={change_id}",
        "statuses": ["approved"],
        "delay_seconds": "30",
        **changes,
    }


def text(answer):
    return answer.content.decode()


def test_agency_makes_one_for_a_partner(client, partner):
    answer = client.post("/v2/postbacks/new", posted(partner=partner.pk), headers=HTMX)

    made = PartnerPostback.objects.get()
    assert answer["HX-Redirect"] == f"/v2/postbacks/{made.pk}"
    assert (made.partner, made.method, made.statuses, made.delay_seconds) == (
        partner,
        "POST",
        ["approved"],
        30,
    )


def test_a_partner_makes_one_for_itself_whatever_it_sends(sign_in, manager, partner, other_partner):
    fields = posted(partner=other_partner.pk)
    sign_in(manager).post("/v2/postbacks/new", fields, headers=HTMX)

    assert PartnerPostback.objects.get().partner == partner


def test_a_partner_chooses_among_its_own_offers(sign_in, manager, partner):
    make_offer(name="Ours", partners=[partner])
    foreign = make_offer(name="Foreign")

    page = text(sign_in(manager).get("/v2/postbacks/new"))
    answer = sign_in(manager).post("/v2/postbacks/new", posted(offer=foreign.pk))

    assert "Ours" in page
    assert "Foreign" not in page
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "https://{sub1}/told"}, "Macros may stand in the path and the query only"),
        ({"url": "https://partner.test/?r={revenue}"}, "Unknown macro {revenue}"),
        ({"url": "partner.test"}, "begins with https://"),
        ({"statuses": []}, "This field is required"),
        ({"delay_seconds": "301"}, "less than or equal to 300"),
        ({"statuses": ["pending"]}, "pending is not one of the available choices"),
    ],
)
def test_the_form_says_what_to_mend(client, partner, changes, said):
    answer = client.post("/v2/postbacks/new", posted(partner=partner.pk, **changes), headers=HTMX)

    assert answer.status_code == 422
    assert said in text(answer)
    assert not PartnerPostback.objects.exists()


def test_it_is_changed(client, postback):
    answer = client.post(f"/v2/postbacks/{postback.pk}/edit", posted(), headers=HTMX)

    assert answer.status_code == 204
    assert "listChanged" in answer["HX-Trigger"]
    postback.refresh_from_db()
    assert postback.url == "https://partner.test/told?c={change_id}"


def test_its_page_shows_the_call_with_sample_values(client, postback):
    page = text(client.get(f"/v2/postbacks/{postback.pk}"))

    assert f"key={SECRET}&amp;c={{change_id}}" in page
    assert f"key={SECRET}&amp;c=test-1" in page
    assert "Nothing was sent yet" in page


def test_the_secret_stands_in_no_list(client, postback, conversion, agency):
    make_postback_event(postback, conversion)

    for path in (
        "/v2/postbacks",
        f"/v2/conversion/{conversion.pk}",
        f"/v2/partner/{postback.partner_id}",
    ):
        page = text(client.get(path))
        assert f"/v2/postbacks/{postback.pk}" in page
        assert SECRET not in page


def test_the_log(client, postback, conversion):
    event = make_postback_event(postback, conversion, state="delivered", attempts=2)
    fields = {"created_on": event.created_on, "postback_id": postback.pk, "event_id": event.pk}
    at = event.created_at
    PostbackAttempt.objects.create(at=at, outcome="timeout", milliseconds=15_000, **fields)
    PostbackAttempt.objects.create(
        at=at,
        outcome="delivered",
        status=200,
        repeat=True,
        answer="<script>alert(1)</script>",
        **fields,
    )

    page = text(client.get(f"/v2/postbacks/{postback.pk}"))

    assert event.change_id in page
    assert "No answer in time: it may have arrived" in page
    assert "unknown, repeated" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "every 1s" not in page


def test_it_looks_again_while_something_is_under_way(client, postback):
    answer = client.post(f"/v2/postbacks/{postback.pk}/test", headers=HTMX)

    assert answer.status_code == 200
    assert "every 1s" in text(answer)
    assert PostbackEvent.objects.get().is_test


def test_off_and_on(client, postback):
    client.post(f"/v2/postbacks/{postback.pk}/off", headers=HTMX)
    postback.refresh_from_db()
    assert not postback.active

    client.post(f"/v2/postbacks/{postback.pk}/on", headers=HTMX)
    postback.refresh_from_db()
    assert postback.active


def test_resend_says_why_not(client, postback, conversion):
    event = make_postback_event(postback, conversion)

    answer = client.post(f"/v2/postbacks/{postback.pk}/events/{event.pk}/resend", headers=HTMX)

    assert answer.status_code == 422
    assert "Only what was sent or stopped can be resent" in text(answer)


def test_an_event_of_another_postback_is_not_there(client, postback, conversion, other_partner):
    event = make_postback_event(make_postback(other_partner), conversion, state="failed")

    answer = client.post(f"/v2/postbacks/{postback.pk}/events/{event.pk}/resend", headers=HTMX)

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/v2/postbacks/999", "/v2/postbacks/99999999999999999999"])
def test_what_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_a_partner_sees_its_own_only(sign_in, manager, postback, other_partner):
    other = make_postback(other_partner, "https://hidden.test/")

    page = text(sign_in(manager).get("/v2/postbacks"))

    assert f"/v2/postbacks/{postback.pk}" in page
    assert "hidden.test" not in page
    assert sign_in(manager).get(f"/v2/postbacks/{other.pk}").status_code == 404


def test_a_conversion_shows_what_was_told(sign_in, manager, client, postback, conversion):
    make_postback_event(postback, conversion, state="delivered")

    for one in (client, sign_in(manager)):
        assert "Delivered" in text(one.get(f"/v2/conversion/{conversion.pk}"))


def test_but_not_to_partners_who_do_not_manage_them(sign_in, partner_user, postback, conversion):
    make_postback_event(postback, conversion, state="delivered")

    assert "Postbacks" not in text(sign_in(partner_user).get(f"/v2/conversion/{conversion.pk}"))


def test_the_bell_reads(client, agency, postback):
    Notification.objects.create(
        user=agency, kind="postback_switched_off", params={"postback": 7}, url="/v2/postbacks/7"
    )

    assert "Postback 7 was switched off" in text(client.get("/ui/bell"))


def test_no_query_more_for_more_lines(client, postback):
    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get(f"/v2/postbacks/{postback.pk}")
            client.get("/v2/postbacks")
        return len(found)

    make_postback_event(postback, make_conversion())
    queries()
    before = queries()
    for _ in range(5):
        make_postback_event(postback, make_conversion())
        make_postback(postback.partner)

    assert queries() == before


def test_metrics_tell_of_them(client, postback, conversion, settings):
    settings.PRODUCTION = False
    make_postback_event(postback, conversion)

    page = text(client.get("/metrics"))

    assert "convertr_postbacks_waiting 1.0" in page
    assert "convertr_postbacks_overdue_seconds" in page


# --- The log's past -------------------------------------------------------------------------------


@pytest.fixture
def told(postback, conversion, monkeypatch):
    """Five changes, with two events a page."""
    monkeypatch.setattr("conversions.partner_postbacks.log.SHOWN_EVENTS", 2)
    events = []
    for state in ("stopped", "delivered", "failed", "delivered", "delivered"):
        conversion.version += 1
        events.append(make_postback_event(postback, conversion, state=state))
    return events


def shown(page, told):
    """Which of the events a page shows, by number."""
    return [n for n, event in enumerate(told) if f">{event.change_id}<" in page]


def link(page, rel):
    """Where a link of the pager leads, without its fragment; nothing without one."""
    found = re.search(rf'href="([^"#]*)#log" rel="{rel}"', page)
    return html.unescape(found[1]) if found else None


def test_the_log_is_paged_to_its_first_event_and_back(client, postback, told):
    pages = [text(client.get(f"/v2/postbacks/{postback.pk}"))]
    while older := link(pages[-1], "next"):
        pages.append(text(client.get(older)))

    assert [shown(page, told) for page in pages] == [[3, 4], [1, 2], [0]]
    assert link(pages[0], "prev") is None
    assert shown(text(client.get(link(pages[2], "prev"))), told) == [1, 2]
    assert shown(text(client.get(link(pages[1], "prev"))), told) == [3, 4]


def test_the_log_of_one_state(client, postback, told):
    address = f"/v2/postbacks/{postback.pk}"
    first = text(client.get(f"{address}?state=delivered"))

    assert shown(first, told) == [3, 4]
    assert shown(text(client.get(link(first, "next"))), told) == [1]
    assert shown(text(client.get(f"{address}?state=failed")), told) == [2]
    assert "Nothing here" in text(client.get(f"{address}?state=waiting"))


@pytest.mark.parametrize(
    "query", ["state=mad", "after=x", "before=99999999999999999999", "after=%00"]
)
def test_what_the_log_can_not_read_is_left_out(client, postback, told, query):
    page = text(client.get(f"/v2/postbacks/{postback.pk}?{query}"))

    assert shown(page, told) == [3, 4]


def test_the_page_stays_where_it_is(client, postback, told):
    """What it asks for by itself, and after an act, is the same page of the log."""
    query = f"state=delivered&after={told[3].pk}"
    path = f"/v2/postbacks/{postback.pk}"
    page = text(client.get(f"{path}?{query}"))
    again = text(client.post(f"{path}/off?{query}", headers=HTMX))

    escaped = html.escape(query)
    for one in (page, again):
        assert shown(one, told) == [1]
        assert f'hx-get="{path}?{escaped}"' in one
        assert f"{path}/test?{escaped}" in one


def test_all_are_resent(client, postback, told):
    make_postback_event(postback, make_conversion(), state="stopped")
    page = text(client.get(f"/v2/postbacks/{postback.pk}"))
    assert "Resend all stopped" in page
    assert "Resend all failed" in page

    answer = client.post(f"/v2/postbacks/{postback.pk}/resend/stopped", headers=HTMX)
    nothing = client.post(f"/v2/postbacks/{postback.pk}/resend/failed", headers=HTMX)

    assert answer.status_code == 200
    assert "1 will be sent again." in answer["HX-Trigger"]
    assert "these conversions have changed since" in nothing["HX-Trigger"]
    assert PostbackEvent.objects.filter(state="waiting").count() == 1


def test_all_are_not_resent_while_it_is_off(client, postback, told):
    PartnerPostback.objects.update(active=False)

    answer = client.post(f"/v2/postbacks/{postback.pk}/resend/stopped", headers=HTMX)

    assert answer.status_code == 422
    assert "Switch the postback on, then resend" in text(answer)
    assert "Resend all" not in text(answer)


def test_only_what_did_not_arrive_is_resent_as_a_whole(client, postback):
    address = f"/v2/postbacks/{postback.pk}/resend/delivered"

    assert client.post(address, headers=HTMX).status_code == 404
