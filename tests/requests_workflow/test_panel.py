"""One request: its data, the acts offered, decisions, refusals, history, and who sees what."""

import json
import re

import pytest

from conversions.models import Conversion
from convertr.audit.context import acting, recorded
from convertr.network.models import OfferEvent
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import Status
from requests_workflow.services import processing
from tests.factories import make_conversion, make_reason, make_user
from tests.requests_workflow.conftest import RAISES
from tests.requests_workflow.kit import accept, again, make_change, make_create, processed, reject
from tests.requests_workflow.kit_pages import HTMX, PANEL, URL, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner, order_id="O-1", note="internal note")


@pytest.fixture
def asked(raiser, conversion):
    return make_change(raiser, conversion, status="approved", payout="7.25")


@pytest.fixture
def agencys(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def partners(raiser, sign_in):
    return sign_in(raiser)


def look(client, request):
    answer = client.get(url(request), headers=PANEL)
    assert answer.status_code == 200
    return answer.text


def act(client, request, move, headers=PANEL, **fields):
    fields = {"version": again(request).version, **fields}
    return client.post(url(request, move), fields, headers=headers)


def acts(page):
    """What the panel lets one do."""
    moves = ("accept", "reject", "retry", "withdraw", "reopen")
    return {move for move in moves if f'/{move}"' in page}


def status(request):
    return again(request).status


def write(conversion, **fields):
    with recorded():
        Conversion.objects.filter(pk=conversion.pk).update(**fields)


# --- data ---


def test_a_change_shows_old_and_new_with_what_changes_marked(agencys, asked, conversion):
    page = look(agencys, asked)
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr")[1:]
    marked = [row for row in rows if "data-changes" in row]
    assert ["Approved" in marked[0], "New" in marked[0]] == [True, True]
    assert ["4.00" in marked[1], "7.25" in marked[1]] == [True, True]
    assert len(marked) == 2
    assert any("O-1" in row for row in rows if row not in marked)
    for words in ("Change Existing", f"/v2/conversion/{conversion.pk}", "Rosa Raiser",
                  "Clickwell Media", "Solar Lead", "internal note"):  # fmt: skip
        assert words in page, words


def test_a_new_one_shows_its_fields(agencys, raiser, offer, partner):
    make_reason("fraud", "Fraudulent")
    asked = make_create(
        raiser, offer, partner, status="rejected", reason_code="fraud", sale_amount="120",
        converted_at="2026-01-31T10:00:00+00:00", sub1="<b>sub</b>",
    )  # fmt: skip
    page = look(agencys, asked)
    for words in ("Create New", "Solar Lead", OfferEvent.BASE, "Fraudulent", "120.00",
                  "31 Jan 2026", "&lt;b&gt;sub&lt;/b&gt;"):  # fmt: skip
        assert words in page, words


def test_a_page_of_its_own_holds_the_same(agencys, asked):
    page = agencys.get(url(asked)).text
    assert "<!DOCTYPE html>" in page
    for words in ("7.25", "Discussion", "History", 'id="request"'):
        assert words in page
    part = agencys.get(url(asked), headers={**HTMX, "HX-Target": "request"}).text
    assert part.lstrip().startswith('<div id="request"')
    assert 'id="panel-body"' not in look(agencys, asked)


def test_a_conflict_shows_then_now_and_wanted(agencys, asked, conversion):
    write(conversion, payout="6.5")
    page = look(agencys, asked)
    row = next(row for row in page.split("<tr") if "data-moved" in row)
    assert [amount in row for amount in ("4.00", "6.50", "7.25")] == [True, True, True]
    assert "Accept anyway" in page
    assert act(agencys, asked, "accept").status_code == 422
    assert status(asked) == Status.INQUIRED
    assert act(agencys, asked, "accept", anyway="1").status_code == 422
    [seen] = re.findall(r'name="anyway" value="(\w+)"', page)
    assert act(agencys, asked, "accept", anyway=seen).status_code == 204
    assert status(asked) == Status.ACCEPTED


def test_a_duplicate_leads_to_the_conversion_and_cant_be_accepted(
    agencys, partners, raiser, offer, partner, conversion
):
    asked = make_create(raiser, offer, partner, order_id="O-1")
    page = look(agencys, asked)
    assert f'href="/v2/conversion/{conversion.pk}"' in page
    assert "has this order ID already" in page
    assert acts(page) == {"reject"}
    answer = act(agencys, asked, "accept")
    assert answer.status_code == 422
    assert "has this order ID already" in answer.text
    # Whose conversion it is may be nothing of the partner's.
    assert "order ID already" not in look(partners, asked)


def test_a_failed_one_says_why_and_is_tried_again(
    agencys, partners, agency, raiser, offer, partner
):
    asked = make_create(raiser, offer, partner, order_id="O-2")
    accept(agency, asked)
    other = make_conversion(offer=offer, order_id="O-2")
    processing.process()
    page = look(agencys, asked)
    assert status(asked) == Status.FAILED
    assert f'href="/v2/conversion/{other.pk}"' in page
    assert acts(page) == {"reject"}
    told = look(partners, asked)
    assert f"/v2/conversion/{other.pk}" not in told
    assert f"conversion {other.pk}" not in told
    assert "There is such a conversion already." in told
    write(other, order_id="")
    assert acts(look(agencys, asked)) == {"retry", "reject"}
    assert act(agencys, asked, "retry").status_code == 204
    processing.process()
    assert status(asked) == Status.PROCESSED


# --- what is offered, and done ---


def test_the_acts_offered_are_those_that_one_may_do(
    agencys, partners, agency, agency2, admin_user, partner_user, sign_in, asked
):
    def offered():
        people = (agencys, sign_in(admin_user), partners, sign_in(agency2), sign_in(partner_user))
        return [acts(look(client, asked)) for client in people]

    decide = {"accept", "reject"}
    assert offered() == [decide, decide, {"withdraw"}, set(), set()]
    reject(agency, asked)
    assert offered() == [{"reopen"}, {"reopen"}, {"reopen"}, set(), set()]
    act(agencys, asked, "reopen", text="Look again")
    processed(agency, asked)
    assert offered() == [set()] * 5


def test_it_is_accepted_and_the_page_waits_until_it_is_processed(agencys, asked, conversion):
    answer = act(agencys, asked, "accept")
    assert answer.status_code == 204
    assert set(json.loads(answer["HX-Trigger"])) == {"toast", "listChanged"}
    seen = f"{url(asked)}?seen={again(asked).version}"
    assert f'hx-get="{seen}"' in look(agencys, asked)
    assert agencys.get(seen, headers=PANEL).status_code == 204
    assert "HX-Trigger" not in agencys.get(seen, headers=PANEL)
    processing.process()
    answer = agencys.get(seen, headers=PANEL)
    assert (answer.status_code, json.loads(answer["HX-Trigger"])) == (204, {"listChanged": {}})
    assert "seen=" not in look(agencys, asked)
    conversion.refresh_from_db()
    assert (conversion.status, str(conversion.payout)) == ("approved", "7.2500")


def test_the_agency_adds_the_revenue_to_what_a_partner_asks_for(agencys, agency, asked, conversion):
    assert 'name="revenue"' in look(agencys, asked)
    assert act(agencys, asked, "accept", revenue="nine").status_code == 422
    assert act(agencys, asked, "accept", revenue="9.5").status_code == 204
    processing.process()
    conversion.refresh_from_db()
    assert str(conversion.revenue) == "9.5000"
    own = make_change(agency, make_conversion())
    assert 'name="revenue"' not in look(agencys, own)


def test_rejecting_asks_for_the_reason_in_a_dialog(agencys, partners, asked):
    dialog = agencys.get(url(asked, "reject"), headers=HTMX)
    assert "Why?" in dialog.text
    answer = act(agencys, asked, "reject", text="  ")
    assert (answer.status_code, "Give a reason" in answer.text) == (422, True)
    assert status(asked) == Status.INQUIRED
    answer = act(agencys, asked, "reject", text="No such <sale>")
    assert answer.status_code == 204
    assert set(json.loads(answer["HX-Trigger"])) == {"toast", "closeModal", "listChanged"}
    assert "No such &lt;sale&gt;" in look(partners, asked)


def test_asking_again_needs_a_comment(agencys, partners, agency, asked):
    reject(agency, asked)
    assert "ask again" in partners.get(url(asked, "reopen"), headers=HTMX).text
    assert act(partners, asked, "reopen", text="").status_code == 422
    assert act(partners, asked, "reopen", text="Here is the receipt").status_code == 204
    assert status(asked) == Status.INQUIRED
    assert "Here is the receipt" in look(agencys, asked)


def test_the_raiser_withdraws(partners, asked):
    assert act(partners, asked, "withdraw").status_code == 204
    found = again(asked)
    assert (found.status, found.decision_reason) == (Status.REJECTED, "withdrawn")
    assert "Withdrawn" in look(partners, asked)


def test_nobody_decides_an_own_request(agencys, agency):
    asked = make_change(agency, make_conversion())
    page = look(agencys, asked)
    assert "somebody else has to decide it" in page
    assert acts(page) == {"withdraw"}
    for move, fields in (("accept", {}), ("reject", {"text": "No"})):
        answer = act(agencys, asked, move, **fields)
        told = answer.text + answer.headers.get("HX-Trigger", "")
        assert "somebody else has to decide it" in told
    assert status(asked) == Status.INQUIRED


# --- somebody was first ---


def test_the_second_decider_is_told_who_was_first(agencys, asked):
    version = asked.version
    first = make_user(full_name="Fay First", permissions=["requests_workflow.decide_request"])
    reject(first, asked, "Too late")
    answer = act(agencys, asked, "accept", version=version)
    assert answer.status_code == 422
    assert "Fay First was first: the request is rejected now." in answer.text
    # With it comes the request as it is now.
    assert "Too late" in answer.text
    answer = act(agencys, asked, "reject", version=version, text="Mine")
    assert answer.status_code == 204
    events = json.loads(answer["HX-Trigger"])
    assert "closeModal" in events
    assert "Fay First was first" in events["toast"]["text"]
    assert again(asked).decision_reason == "Too late"


@pytest.mark.parametrize("version", ["", "x", "-1", "99", "1" * 30, "²"])
def test_without_the_version_that_was_seen_nothing_is_decided(agencys, asked, version):
    assert act(agencys, asked, "accept", version=version).status_code == 422
    assert status(asked) == Status.INQUIRED


def test_nothing_leads_out_of_processed(agencys, partners, agency, asked):
    processed(agency, asked)
    for client, moves in ((agencys, ("accept", "reject", "retry", "reopen")),
                          (partners, ("withdraw", "reopen"))):  # fmt: skip
        for move in moves:
            answer = act(client, asked, move, text="Again")
            assert answer.status_code in (204, 422), move
            assert "toast" in answer.headers.get("HX-Trigger", "toast")
    assert status(asked) == Status.PROCESSED


# --- who may ---

MOVES = ("accept", "reject", "retry", "withdraw", "reopen")


def test_strangers_and_readers(other_raiser, agency2, partner_user, raiser, sign_in, asked, client):
    stranger = sign_in(other_raiser)
    assert stranger.get(url(asked)).status_code == 404
    for move in MOVES:
        assert act(stranger, asked, move, text="x").status_code == 404, move
        for reader in (agency2, partner_user):
            assert act(sign_in(reader), asked, move, text="x").status_code == 403, move
        assert act(client, asked, move, headers={}, text="x").status_code == 302, move
    for move in ("accept", "reject", "retry"):
        assert act(sign_in(raiser), asked, move, text="x").status_code == 403, move
    for person in (agency2, partner_user):
        assert sign_in(person).get(url(asked, "reject")).status_code == 403
    assert status(asked) == Status.INQUIRED


def test_bad_ids_and_wrong_methods(agencys, asked):
    for number in ("0", "999999", "9" * 30):
        assert agencys.get(f"{URL}/{number}").status_code == 404
        for move in MOVES:
            assert agencys.post(f"{URL}/{number}/{move}").status_code == 404
    assert agencys.get(f"{URL}/x").status_code == 404
    assert agencys.post(url(asked)).status_code == 405
    for move in ("accept", "retry", "withdraw"):
        assert agencys.get(url(asked, move)).status_code == 405
    for move in ("reject", "reopen"):
        assert agencys.put(url(asked, move)).status_code == 405


def test_without_htmx_one_is_led_back_to_the_page(agencys, asked):
    answer = agencys.post(url(asked, "accept"), {"version": asked.version}, follow=True)
    assert answer.redirect_chain == [(url(asked), 302)]
    assert "Accepted." in answer.text


# --- history ---


def test_history_tells_each_move_who_how_and_why(agencys, agency, raiser, asked):
    with acting(agency, channel="page"):
        reject(agency, asked, "Show the receipt")
    act(agencys, asked, "reopen", text="Here")
    with acting(agency, channel="api"):
        accept(agency, asked)
    processing.process()
    entries = agencys.get(url(asked)).context["timeline"]
    assert [str(entry.did) for entry in entries] == [
        "processed it", "accepted it", "asked again", "rejected it", "raised it",
    ]  # fmt: skip
    assert [entry.who for entry in entries[:4]] == ["The system", *["Ada Agency"] * 3]
    assert [str(entry.channel) for entry in entries[1:4]] == ["through the API", "on the page",
                                                              "on the page"]  # fmt: skip
    assert [entry.why for entry in entries] == ["", "", "Here", "Show the receipt", ""]


def test_an_edit_shows_what_was_wanted_before(agencys, partners, agency, asked):
    with acting(agency), recorded():
        ConversionRequest.objects.filter(pk=asked.pk).update(
            wanted={"payout": "8.0000", "revenue": "9.8700"}, version=2
        )
    entry = agencys.get(url(asked)).context["timeline"][0]
    assert str(entry.did) == "edited it"
    assert [change.label for change in entry.changes] == ["Status", "Payout", "Revenue"]
    entry = partners.get(url(asked)).context["timeline"][0]
    assert [change.label for change in entry.changes] == ["Status", "Payout"]


def test_a_partner_reads_no_staff_name_revenue_or_note(agencys, partners, agency, partner, asked):
    colleague = make_user(
        role="partner", partner=partner, full_name="Carl Colleague", permissions=RAISES
    )
    others = make_change(colleague, make_conversion(partner=partner))
    with acting(agency, channel="page"):
        processed(agency, asked, revenue="9.87")
        reject(agency, others, "Public reason")
    full = agencys.get(url(asked)).text
    for hidden in ("9.87", "internal note", "Ada Agency", "on the page"):
        assert hidden in full, hidden
        assert hidden not in partners.get(url(asked)).text, hidden
        assert hidden not in look(partners, asked), hidden
    assert asked.offer.advertiser.name not in look(partners, asked)
    page = look(partners, others)
    for words in ("Public reason", "Carl Colleague", "The network"):
        assert words in page
