"""The forms of raising and editing: what is shown, what is asked for, what is refused."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conversions.models import Conversion, Reason
from requests_workflow.models import ConversionRequest
from tests.factories import make_conversion, make_event, make_offer, make_partner, make_reason
from tests.requests_workflow import kit

pytestmark = pytest.mark.django_db
NEW = "/v2/conversion-requests/new"
FIND = "/v2/conversion-requests/change"


@pytest.fixture
def conversion(offer, partner):
    return make_conversion(offer=offer, partner=partner, sub1="blog", sale_amount=10)


def as_shown(client, address):
    """What a browser would send back of the form at this address, untouched."""
    page = client.get(address)
    assert page.status_code == 200
    form = page.context["form"]
    return {
        name: "" if form[name].value() is None else form[name].value() for name in form.fields
    } | {"version": page.context["version"]}


def test_a_change_asks_only_for_what_was_changed(raiser, conversion, sign_in):
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"
    data = as_shown(client, address)
    assert (data["payout"], data["sub1"], data["sale_amount"]) == ("4.00", "blog", "10.00")

    answer = client.post(address, {**data, "payout": "7.5", "sub1": "", "comment": "See invoice"})

    request = ConversionRequest.objects.get()
    assert answer["Location"] == request.get_absolute_url()
    assert request.wanted == {"payout": "7.5000", "sub1": ""}
    assert [comment.text for comment in request.comments.all()] == ["See invoice"]


def test_what_changed_meanwhile_and_was_not_touched_is_not_asked_for(raiser, conversion, sign_in):
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"
    data = as_shown(client, address)
    Conversion.objects.filter(pk=conversion.pk).update(payout=6, sub1="shop")

    client.post(address, {**data, "order_id": "A-1"})

    assert ConversionRequest.objects.get().wanted == {"order_id": "A-1"}


def test_nothing_changed_is_said_and_what_was_typed_is_kept(raiser, conversion, sign_in):
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"

    answer = client.post(address, {**as_shown(client, address), "comment": "My words"})

    assert answer.status_code == 422
    assert "Nothing differs" in answer.text
    assert "My words" in answer.text


def test_all_errors_stand_at_their_fields_at_once(raiser, conversion, sign_in):
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"
    data = as_shown(client, address)

    answer = client.post(address, {**data, "payout": "1,5", "sale_amount": "-1", "sub2": "x" * 300})

    assert set(answer.context["form"].errors) == {"payout", "sale_amount", "sub2"}
    assert not ConversionRequest.objects.exists()


def test_a_rejection_comes_with_its_reason(raiser, conversion, sign_in):
    make_reason("fraud")
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"

    client.post(
        address, {**as_shown(client, address), "status": "rejected", "reason_code": "fraud"}
    )

    assert ConversionRequest.objects.get().wanted == {"status": "rejected", "reason_code": "fraud"}


def test_a_partner_has_no_field_for_what_it_does_not_see(raiser, agency, conversion, sign_in):
    hidden = {"revenue", "note"}
    for address, also in ((f"{FIND}/{conversion.pk}", set()), (NEW, {"partner", "request_id"})):
        own = set(sign_in(raiser).get(address).context["form"].fields)
        full = set(sign_in(agency).get(address).context["form"].fields)
        assert not own & (hidden | also)
        assert full >= hidden | also


def test_a_field_that_is_not_ones_own_is_left_out_when_posted(raiser, conversion, sign_in):
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"

    client.post(address, {**as_shown(client, address), "revenue": "99", "sub2": "x"})

    assert ConversionRequest.objects.get().wanted == {"sub2": "x"}


def test_an_open_request_on_the_same_conversion_is_told(raiser, conversion, sign_in):
    other = kit.make_change(raiser, conversion)

    page = sign_in(raiser).get(f"{FIND}/{conversion.pk}")

    assert other.get_absolute_url() in page.text


def test_a_locked_conversion_is_warned_of(raiser, agency, conversion, sign_in):
    """A partner isn't told that it is paid or invoiced (conversions/visibility.py)."""
    Conversion.objects.filter(pk=conversion.pk).update(locked=True)

    assert "locked (paid or invoiced)" in sign_in(agency).get(f"{FIND}/{conversion.pk}").text
    own = sign_in(raiser).get(f"{FIND}/{conversion.pk}").text
    assert "can&#x27;t be changed now" in own or "can't be changed now" in own
    assert "paid or invoiced" not in own


def test_what_a_field_can_not_hold_is_no_wish(raiser, conversion, sign_in):
    Conversion.objects.filter(pk=conversion.pk).update(sub1=" blog", sub2="a\nb", order_id="O-1 ")
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"
    # As a browser has it in a field of one line.
    shown = {**as_shown(client, address), "sub2": "ab"}

    client.post(address, {**shown, "sub3": "new"})

    assert ConversionRequest.objects.get().wanted == {"sub3": "new"}


def test_sent_by_htmx_it_leads_on_or_shows_what_to_mend(raiser, conversion, sign_in):
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"
    data, htmx = as_shown(client, address), {"HX-Request": "true"}

    wrong = client.post(address, {**data, "payout": "x"}, headers=htmx)
    assert wrong.status_code == 422
    assert "mend what is marked" in wrong.text
    right = client.post(address, {**data, "payout": "9"}, headers=htmx)
    assert right["HX-Redirect"] == ConversionRequest.objects.get().get_absolute_url()


def test_the_events_of_ones_own_offers_are_offered(raiser, offer, sign_in):
    make_event(offer, "Upsell")
    make_event(make_offer(partners=[make_partner()]), "Hidden")

    page = sign_in(raiser).get(NEW).text

    assert '<option value="Upsell"></option>' in page
    assert "Hidden" not in page


def test_a_conversion_is_found_by_id_and_uuid(raiser, conversion, sign_in):
    client = sign_in(raiser)
    for key in (conversion.pk, conversion.uuid, conversion.uuid.hex.upper(), f" {conversion.pk} "):
        assert client.post(FIND, {"conversion": key})["Location"] == f"{FIND}/{conversion.pk}"


@pytest.mark.parametrize("key", ["", "0", "9" * 40, "nonsense", "{foreign}"])
def test_what_is_not_there_is_not_found(raiser, sign_in, key):
    key = key.replace("{foreign}", str(make_conversion().pk))

    assert sign_in(raiser).post(FIND, {"conversion": key}).status_code == 422


def test_a_new_one_with_evidence(raiser, offer, sign_in):
    file = SimpleUploadedFile("order.pdf", b"%PDF-1.7 order")

    answer = sign_in(raiser).post(
        NEW,
        {"offer": offer.pk, "event": "", "status": "pending", "order_id": "O-1", "payout": "3",
         "converted_at": "2025-03-01T14:30", "comment": "", "files": [file]},
    )  # fmt: skip

    request = ConversionRequest.objects.get()
    assert answer.status_code == 302
    assert request.wanted == {
        "status": "pending",
        "order_id": "O-1",
        "payout": "3.0000",
        "converted_at": "2025-03-01T14:30:00+00:00",
    }
    assert request.attachments.get().name == "order.pdf"


def test_a_time_is_in_ones_own_zone(raiser, offer, sign_in):
    raiser.time_zone = "America/New_York"
    raiser.save()

    sign_in(raiser).post(NEW, {"offer": offer.pk, "converted_at": "2025-03-01T14:30"})

    assert ConversionRequest.objects.get().wanted["converted_at"] == "2025-03-01T19:30:00+00:00"


def test_the_agency_names_the_partner(agency, offer, partner, sign_in):
    client = sign_in(agency)

    assert client.post(NEW, {"offer": offer.pk}).status_code == 422
    wrong = client.post(NEW, {"offer": offer.pk, "partner": make_partner().pk})
    assert "partner" in wrong.context["form"].errors
    client.post(NEW, {"offer": offer.pk, "partner": partner.pk, "order_id": "O-2"})
    assert ConversionRequest.objects.get().partner == partner


def test_a_partner_chooses_of_its_own_offers(raiser, offer, sign_in):
    foreign = make_offer(name="Foreign", partners=[make_partner()])

    page = sign_in(raiser).get(NEW)

    assert re.search(rf'<option value="{offer.pk}"', page.text)
    assert "Foreign" not in page.text
    assert sign_in(raiser).post(NEW, {"offer": foreign.pk}).status_code == 422


def test_a_refused_file_raises_nothing(raiser, offer, sign_in):
    file = SimpleUploadedFile("page.html", b"<script>alert(1)</script>")

    answer = sign_in(raiser).post(NEW, {"offer": offer.pk, "order_id": "O-1", "files": [file]})

    assert answer.status_code == 422
    assert not ConversionRequest.objects.exists()


def test_editing_begins_with_what_was_asked_for(raiser, conversion, sign_in):
    request = kit.make_change(raiser, conversion, payout="9")
    client, address = sign_in(raiser), reverse("requests:edit", args=[request.pk])
    data = as_shown(client, address)
    assert (data["payout"], data["was_payout"]) == ("9.00", "4.00")

    client.post(address, {**data, "sub2": "more"})
    assert kit.again(request).wanted == {"payout": "9.0000", "sub2": "more"}

    answer = client.post(address, {**data, "payout": "8"})
    assert answer.status_code == 422
    assert kit.again(request).wanted == {"payout": "9.0000", "sub2": "more"}


def test_editing_keeps_a_reason_that_was_retired_meanwhile(raiser, conversion, offer, sign_in):
    make_reason("fraud", text="Fraud")
    wanted = {"status": "rejected", "reason_code": "fraud"}
    change = kit.make_change(raiser, conversion, **wanted)
    create = kit.make_create(raiser, offer, raiser.partner, **wanted)
    Reason.objects.update(retired=True)
    for request in (change, create):
        client, address = sign_in(raiser), reverse("requests:edit", args=[request.pk])
        page = client.get(address)
        assert ("fraud", "Fraud") in page.context["form"].fields["reason_code"].choices

        answer = client.post(address, {**as_shown(client, address), "sub1": "more"})

        assert answer.status_code == 302
        assert kit.again(request).wanted == {**wanted, "sub1": "more"}


def test_a_conversions_retired_reason_can_be_left_as_it_is(raiser, offer, partner, sign_in):
    make_reason("fraud", text="Fraud", retired=True)
    make_reason("late", text="Too late")
    rejected = make_conversion(offer=offer, partner=partner, status="rejected", reason_code="fraud")
    client, address = sign_in(raiser), f"{FIND}/{rejected.pk}"
    data = as_shown(client, address)
    form = client.get(address).context["form"]
    assert data["reason_code"] == "fraud"
    assert [code for code, _text in form.fields["reason_code"].choices] == ["", "fraud", "late"]

    client.post(address, {**data, "sub2": "more"})

    assert ConversionRequest.objects.get().wanted == {"sub2": "more"}


def test_a_retired_reason_can_not_be_chosen_anew(raiser, conversion, sign_in):
    make_reason("fraud", retired=True)
    client, address = sign_in(raiser), f"{FIND}/{conversion.pk}"
    data = {**as_shown(client, address), "status": "rejected", "reason_code": "fraud"}

    assert client.post(address, data).status_code == 422
    assert not ConversionRequest.objects.exists()


def test_editing_a_new_one(raiser, offer, partner, sign_in):
    request = kit.make_create(
        raiser, offer, partner, order_id="O-1", converted_at="2025-03-01T14:30:00Z"
    )
    client, address = sign_in(raiser), reverse("requests:edit", args=[request.pk])

    client.post(address, {**as_shown(client, address), "order_id": "O-2"})

    edited = kit.again(request).wanted
    assert (edited["order_id"], edited["converted_at"]) == ("O-2", "2025-03-01T14:30:00+00:00")


def test_what_was_decided_is_not_edited(raiser, agency, conversion, sign_in):
    request = kit.reject(agency, kit.make_change(raiser, conversion, payout="9"))
    client, address = sign_in(raiser), reverse("requests:edit", args=[request.pk])

    assert client.get(address)["Location"] == request.get_absolute_url()


def test_a_conversions_page_shows_its_requests(raiser, agency, other_raiser, conversion, sign_in):
    request = kit.make_change(raiser, conversion)

    for person, seen in ((raiser, True), (agency, True)):
        page = sign_in(person).get(reverse("conversions:detail", args=[conversion.pk]))
        assert (request.get_absolute_url() in page.text) is seen
        assert f"{FIND}/{conversion.pk}" in page.text
    internal = kit.make_change(agency, conversion, note="Internal")
    page = sign_in(raiser).get(reverse("conversions:detail", args=[conversion.pk]))
    assert internal.get_absolute_url() not in page.text


def test_the_dashboard_tells_what_waits(raiser, agency, conversion, sign_in):
    request = kit.make_change(raiser, conversion)

    assert "1 request waits for a decision" in sign_in(agency).get("/").text
    own = sign_in(raiser).get("/").text
    assert request.get_absolute_url() in own
    assert "Requests waiting" not in own


def test_the_bell_says_what_was_decided(raiser, agency, conversion, sign_in):
    request = kit.reject(agency, kit.make_change(raiser, conversion))

    page = sign_in(raiser).get(reverse("ui:bell"))

    assert f"Request {request.pk}: rejected" in page.text


def test_mail_is_a_wish(raiser, sign_in):
    data = {"full_name": "Rosa", "time_zone": "UTC", "mail_notices": "on"}

    answer = sign_in(raiser).post(reverse("ui:account"), data)

    assert answer.status_code == 302
    raiser.refresh_from_db()
    assert raiser.mail_notices
