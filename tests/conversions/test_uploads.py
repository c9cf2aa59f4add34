"""The modal "Upload a CSV file": its tabs, who has which, and what each takes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversions.uploads.tabs import TABS
from convertr.accounts.permissions import grant
from convertr.jobs import services
from convertr.jobs.models import Job, JobRow
from tests.factories import make_conversion, make_conversions, make_user, run_job

pytestmark = pytest.mark.django_db
AMOUNTS, LOCKS = "/v2/conversions/upload/amounts", "/v2/conversions/upload/locks"
LOCK = "/v2/conversions/lock"
NEW_TABS = [tab for tab in TABS if tab.key != "status"]
NEW_EXAMPLES = [(tab, example) for tab in NEW_TABS for example in tab.examples]


@pytest.fixture
def staff(sign_in, agency):
    return sign_in(agency)


def upload(client, address, data, **fields):
    file = SimpleUploadedFile("file.csv", data, content_type="text/csv")
    return client.post(address, {"file": file, **fields}, headers={"HX-Request": "true"})


def text_of(response):
    return response.content.decode()


def selected(response):
    """The keys of the tabs shown, and which of them is chosen."""
    text = text_of(response)
    shown = [tab.key for tab in TABS if f'id="tab-{tab.key}"' in text]
    chosen = [key for key in shown if f'id="tab-{key}" aria-controls="upload-panel"'
              ' aria-selected="true"' in text]  # fmt: skip
    return shown, chosen


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.key)
def test_each_address_shows_its_tab_with_its_examples(staff, tab):
    shown = staff.get(tab.url)

    assert selected(shown) == (["status", "amounts", "locks"], [tab.key])
    for example in (example for one in TABS for example in one.examples):
        assert (f"/upload/{example.name}.csv" in text_of(shown)) is (example in tab.examples)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.key)
def test_who_holds_one_permission_has_one_tab(sign_in, tab):
    person = make_user("one@example.test", full_name="Ona One")
    grant(person, [tab.permission])
    client = sign_in(person)

    for other in TABS:
        expected = 200 if other == tab else 403
        assert client.get(other.url).status_code == expected
        assert upload(client, other.url, b"x").status_code == (422 if other == tab else 403)
        example = f"/v2/conversions/upload/{other.examples[0].name}.csv"
        assert client.get(example).status_code == expected
    assert selected(client.get(tab.url)) == ([], [])
    assert tab.url in text_of(client.get("/v2/conversions"))


@pytest.mark.parametrize(
    ("tab", "example"), NEW_EXAMPLES, ids=lambda thing: getattr(thing, "name", "")
)
def test_each_example_file_verifies_and_applies_without_an_error(staff, agency, tab, example):
    make_conversions(4, status="approved")
    make_conversion(status="approved", locked=True)
    make_conversion()
    given = staff.get(f"/v2/conversions/upload/{example.name}.csv")
    assert given.content.splitlines()[0].decode() == ",".join(example.columns)

    assert upload(staff, tab.url, given.content, act="lock").status_code == 200
    job = Job.objects.get()
    assert (job.counts, job.channel, job.input_name) == ({"ready": 3}, "csv", "file.csv")
    job = run_job(services.confirm(actor=agency, job=job, data={"signature": agency.full_name}))
    assert job.counts == {"applied": 3}


@pytest.mark.parametrize(
    ("address", "data", "words"),
    [
        (AMOUNTS, b"conversion_id\n1\n", "Line 1: no amount"),
        (AMOUNTS, b"payout\n1\n", "Line 1: no key; add conversion_uuid, or conversion_id."),
        (AMOUNTS, b"conversion_id,payout\n" + b"1,2\n" * 10_001, "more than 10,000 rows"),
        (AMOUNTS, b"PK\x03\x04", "another kind (workbook)"),
        (AMOUNTS, b"conversion_id,payout\n1,\x00\n", "holds a NUL"),
        (LOCKS, b"conversion_id,paid\n1,2\n", "column 2, “paid”, is unknown"),
        (LOCKS, b"\n\n", "empty"),
        (LOCKS, b"conversion_id\n", "no rows"),
    ],
)
def test_a_bad_file_is_refused_in_its_own_tab_and_stages_nothing(staff, address, data, words):
    shown = upload(staff, address, data, act="lock")

    assert shown.status_code == 422
    assert words in text_of(shown)
    assert selected(shown)[1] == [address.rpartition("/")[2]]
    assert not JobRow.objects.exists()
    assert Job.objects.get().state == "refused"


@pytest.mark.parametrize("act", ["", "delete"])
def test_whether_to_lock_or_to_unlock_has_to_be_said(staff, act):
    shown = upload(staff, LOCKS, b"conversion_id\n1\n", act=act)

    assert shown.status_code == 422
    assert "Choose whether" in text_of(shown)
    assert not Job.objects.exists()


def test_too_large_a_file_is_told(staff, settings):
    settings.UPLOAD_MAX_BYTES = 1024**2
    shown = upload(staff, AMOUNTS, b"conversion_id,payout\n" + b"x" * 1024**2)

    assert shown.status_code == 422
    assert "larger than 1 MB" in text_of(shown)


def test_the_same_bytes_uploaded_before_are_told_of_the_same_kind_alone(staff, agency):
    make_conversion(pk=7, status="approved")
    data = b"conversion_id\n7\n"
    upload(staff, LOCKS, data, act="lock")
    assert "uploaded before" not in text_of(upload(staff, LOCKS, data, act="unlock"))
    assert "uploaded before" in text_of(upload(staff, LOCKS, data, act="lock"))


# --- Locking what is selected ---------------------------------------------------------------------


def test_what_is_selected_is_verified_and_asks_for_ones_name(staff):
    one, other = make_conversion(status="approved"), make_conversion()
    data = {"ids": [one.pk, other.pk], "act": "lock"}
    shown = staff.post(LOCK, data, headers={"HX-Request": "true"})

    assert "Type your full name, Ada Agency" in text_of(shown)
    assert "Confirm 1 change" in text_of(shown)
    job = Job.objects.get()
    assert (job.kind, job.channel) == ("conversions.lock", "page")
    refused = staff.post(f"/v2/jobs/{job.pk}/confirm", {"signature": "Somebody Else"})
    assert refused.status_code == 422
    assert "Type your full name" in text_of(refused)
    done = staff.post(f"/v2/jobs/{job.pk}/confirm", {"signature": " ADA AGENCY "})
    assert done.status_code == 200


def test_all_that_match_are_locked_at_once(staff):
    made = make_conversions(5, status="approved")
    data = {"all": "1", "query": "", "ceiling": made[3].pk, "act": "lock"}
    assert staff.post(LOCK, data).status_code == 200

    assert Job.objects.get().counts == {"ready": 4}


@pytest.mark.parametrize("act", ["", "paid", "LOCK"])
def test_another_act_isnt_there(staff, act):
    assert staff.post(LOCK, {"ids": [make_conversion().pk], "act": act}).status_code == 404


def test_nothing_selected_is_told_and_opens_no_modal(staff):
    shown = staff.post(LOCK, {"act": "lock"})

    assert (shown.status_code, shown.content) == (204, b"")
    assert "Select at least one row" in shown.headers["HX-Trigger"]


# --- What shows that it is locked -----------------------------------------------------------------


def test_the_list_shows_a_lock_with_words_to_those_who_may_see_it(
    staff, sign_in, agency2, partner_user, partner
):
    make_conversion(partner=partner, status="approved", locked=True)
    make_conversion(partner=partner, status="approved")

    for client in (staff, sign_in(agency2)):
        assert text_of(client.get("/v2/conversions")).count('aria-label="Locked: paid') == 1
    assert "paid or invoiced" not in text_of(sign_in(partner_user).get("/v2/conversions"))


def test_a_page_offers_what_can_be_done_with_the_lock(staff, sign_in, agency2):
    approved, pending = make_conversion(status="approved"), make_conversion()
    locked = make_conversion(status="approved", locked=True)

    def offered(client, conversion):
        text = text_of(client.get(f"/v2/conversion/{conversion.pk}"))
        return [act for act in ("lock", "unlock") if f'name="act" value="{act}"' in text]

    assert offered(staff, approved) == ["lock"]
    assert offered(staff, locked) == ["unlock"]
    assert offered(staff, pending) == []
    assert offered(sign_in(agency2), locked) == []
