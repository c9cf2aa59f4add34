"""Setting integrations up: the page, its live parts, two people at once; and the credentials."""

import pytest

from batches import configuring, destinations
from batches.credentials import create, secret_of
from batches.destinations.base import TransportError
from batches.destinations.trying import Tested
from batches.models import Credential, Integration
from convertr.audit.models import Entry
from convertr.errors import DomainError
from tests.batches.kit import CSV, DAILY, FIELDS, again, make_integration, make_waiting
from tests.batches.servers import USER
from tests.leads.kit import make_lead_campaign

pytestmark = pytest.mark.django_db
PENDING = "/v2/system/campaign-lead-batch/pending-batch"
KEPT = "/v2/system/campaign-lead-batch/credentials"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ"


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def campaign(db):
    return make_lead_campaign(name="Solar")


@pytest.fixture
def password(admin_user):
    secret = {"password": "s3cret-of-depot"}
    return create(actor=admin_user, name="Depot", kind="password", secret=secret)


def entered(password=None, **more):
    """The form as a browser sends it: an SFTP integration, well filled in."""
    return {
        "label": "To CRM", "kind": "default", "active": "on",
        "schedule-every": "weekdays", "schedule-weekdays": ["0", "4"],
        "schedule-times": "8:00, 14:30", "schedule-zone": "Europe/Berlin", "schedule-n": "1",
        "header": ["ID", "Mail"], "source": ["meta:id", "field:email"],
        "file-format": "csv", "file-delimiter": ";", "file-quoting": "minimal",
        "file-line_end": "lf", "file-header": "on", "file-name": "{label}_{batch_id}",
        "to-kind": "sftp", "sftp-host": "sftp.example.com", "sftp-port": "2222",
        "sftp-user": USER, "sftp-folder": "/in",
        "sftp-credential": password.pk if password else "",
        **more,
    }  # fmt: skip


def new_url(campaign, part=""):
    return f"{PENDING}/new{part}?campaign={campaign.pk}"


def page_of(integration, rest=""):
    return f"{PENDING}/{integration.pk}/configure{rest}"


# --- setting one up ---


def test_one_is_set_up_for_a_campaign(client, campaign, password, agency):
    assert "Whose leads does it send?" in client.get(f"{PENDING}/new").text
    page = client.get(new_url(campaign)).text
    # Begun with the campaign's fields.
    assert 'value="email" maxlength' in page

    answer = client.post(new_url(campaign), entered(password))

    made = Integration.objects.get()
    assert answer.url == page_of(made)
    assert made.schedule == {
        "every": "weekdays", "zone": "Europe/Berlin", "times": ["08:00", "14:30"],
        "weekdays": [0, 4], "n": 1, "start": None,
    }  # fmt: skip
    assert made.fields == [["ID", "meta:id"], ["Mail", "field:email"]]
    assert (made.file["delimiter"], made.file["header"], made.file["zipped"]) == (";", True, False)
    assert made.destination == {
        "kind": "sftp", "host": "sftp.example.com", "port": 2222, "user": USER, "folder": "/in",
    }  # fmt: skip
    assert (made.credential, made.created_by, made.host_key) == (password, agency, "")
    assert made.next_due_at
    assert client.get(page_of(made)).status_code == 200


def test_one_in_real_time_needs_neither_schedule_nor_file(client, campaign):
    data = {"label": "Live", "kind": "realtime", "header": ["mail"], "source": ["field:email"],
            "realtime-url": "https://crm.test/leads", "realtime-method": "POST",
            "realtime-body": "json", "active": "on"}  # fmt: skip
    assert client.post(new_url(campaign), data).status_code == 302
    made = Integration.objects.get()
    assert made.destination["url"] == "https://crm.test/leads"
    assert made.next_due_at is None
    assert "Batch now" not in client.get(f"{PENDING}/{made.pk}").text
    assert client.post(page_of(made), {**data, "version": 1, "kind": "default"}).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"label": " "}, "id_label_error"),
        ({"schedule-times": "25:00"}, "id_schedule-times_error"),
        ({"schedule-weekdays": []}, "id_schedule-weekdays_error"),
        ({"schedule-every": "days", "schedule-n": "0"}, "id_schedule-n_error"),
        ({"schedule-every": "months", "schedule-start": ""}, "id_schedule-start_error"),
        ({"schedule-zone": "Mars/North"}, "id_schedule-zone_error"),
        ({"header": ["a", "a"]}, "columns-error"),
        ({"header": [], "source": []}, "columns-error"),
        ({"source": ["meta:id", "field:nothing"]}, "columns-error"),
        ({"file-name": "{label}"}, "id_file-name_error"),
        ({"file-name": "../{batch_id}"}, "id_file-name_error"),
        ({"file-delimiter": "other", "file-other": "a"}, "id_file-delimiter_error"),
        ({"sftp-host": "sftp://x"}, "id_sftp-host_error"),
        ({"sftp-port": "99999"}, "id_sftp-port_error"),
        ({"sftp-credential": ""}, "id_sftp-credential_error"),
        ({"to-kind": "pigeon"}, "id_to-kind_error"),
        ({"to-kind": "s3", "s3-bucket": "B"}, "id_s3-bucket_error"),
        (
            {"to-kind": "http", "http-url": "ftp://x", "http-method": "PUT", "http-body": "raw"},
            "id_http-url_error",
        ),
        ({"to-kind": "email", "email-recipients": "a@b.org", "email-subject": "L"}, "ZIP with a"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(client, campaign, password, wrong, told):
    answer = client.post(new_url(campaign), entered(password, **wrong))
    assert answer.status_code == 422
    assert "Nothing was saved yet" in answer.text
    assert told in answer.text
    assert not Integration.objects.exists()


def test_of_two_people_the_second_is_told(client, campaign, password):
    client.post(new_url(campaign), entered(password))
    made = Integration.objects.get()
    client.post(page_of(made), entered(password, version=1, label="First"))

    late = client.post(page_of(made), entered(password, version=1, label="Second"))

    assert late.status_code == 422
    assert "Somebody has changed this integration" in late.text
    assert again(made).label == "First"
    assert 'value="Second"' in late.text
    assert 'name="version" value="2"' in late.text
    entry = Entry.objects.filter(action="integration.changed").get()
    assert entry.details == {"sections": ["general"]}


def test_the_audit_names_sections_and_no_value(client, campaign, password):
    client.post(new_url(campaign), entered(password))
    made = Integration.objects.get()
    changed = entered(
        password, version=1, header=["Only"], source=["meta:id"],
        **{"schedule-times": "09:00", "sftp-host": "other.example.com"},
    )  # fmt: skip
    client.post(page_of(made), changed)
    [entry] = Entry.objects.filter(action="integration.changed")
    assert entry.details == {"sections": ["schedule", "fields", "destination"]}
    assert "s3cret" not in str(list(Entry.objects.values()))
    assert "s3cret" not in client.get(page_of(made)).text


def test_services_check_whoever_asks(agency2, agency, campaign):
    wanted = configuring.SetUp(
        "X", "default", DAILY, FIELDS, CSV, {"kind": "sftp", "host": "h", "user": "u"}
    )
    with pytest.raises(DomainError) as refused:
        configuring.create(actor=agency, campaign=campaign, wanted=wanted)
    assert refused.value.code == "no_credential"
    with pytest.raises(configuring.PermissionDenied):
        configuring.create(actor=agency2, campaign=campaign, wanted=wanted)


# --- what answers at once ---


def test_the_next_runs_are_shown_as_they_are_entered(client, campaign):
    data = entered(**{"schedule-every": "months", "schedule-n": "1", "schedule-start": "2099-12-31",
                      "schedule-times": "06:15", "schedule-zone": "UTC"})  # fmt: skip
    text = client.post(new_url(campaign, "/runs"), data).text
    assert text.count("<li") == 5
    for run in ("Thu 31 Dec 2099, 06:15", "Sun 31 Jan 2100, 06:15", "Sun 28 Feb 2100, 06:15"):
        assert run in text, run
    broken = client.post(new_url(campaign, "/runs"), {**data, "schedule-times": "never"})
    assert "Fill in the schedule" in broken.text


def test_the_preview_is_made_of_what_is_pending(client, memory):
    integration = make_integration()
    [lead] = make_waiting(1, integration, data={"email": "=1+1", "city": "Köln"})
    data = entered(header=["A", "B"], source=["field:email", "field:city"])
    text = client.post(page_of(integration, "/preview"), data).text
    for told in ('<th scope="col">A</th>', "<td>=1+1</td>", "<td>Köln</td>", "To CRM_1.csv"):
        assert told in text, told
    safe = client.post(page_of(integration, "/preview"), {**data, "file-neutralise": "on"}).text
    assert "<td>&#x27;=1+1</td>" in safe
    # Before anything waits, the campaign's newest leads stand in.
    new = client.post(new_url(integration.campaign, "/preview"), data).text
    assert "newest leads" in new
    assert f"<td>{lead.data['city']}</td>" in new
    wrong = client.post(page_of(integration, "/preview"), {**data, "header": ["A", "A"]}).text
    assert "Two columns are called" in wrong


def test_a_host_key_is_compared_and_then_pinned(client, campaign, password, monkeypatch):
    """The first test shows the key, the second sends with it and keeps it."""
    tried = []

    def try_out(destination, options, secret, host_key=""):
        tried.append((options.host, secret["password"], host_key))
        return Tested("Stored", KEY + "A", 7, "test.txt" if host_key else "")

    monkeypatch.setattr(destinations, "try_out", try_out)
    monkeypatch.setattr(Tested, "fingerprint", "SHA256:abc")
    monkeypatch.setattr("batches.testing.fingerprint", lambda _key: "SHA256:abc")
    client.post(new_url(campaign), entered(password))
    made = Integration.objects.get()

    first = client.post(page_of(made, "/test"), entered(password)).text
    assert "SHA256:abc" in first
    assert "Stored" not in first
    assert again(made).host_key == ""
    seen = first.partition('name="seen" value="')[2].partition('"')[0]
    second = client.post(page_of(made, "/test"), entered(password, seen=seen)).text
    assert "It works: the file test.txt has arrived." in second
    assert "Stored" in second
    assert again(made).host_key == KEY + "A"
    assert tried == [("sftp.example.com", "s3cret-of-depot", ""),
                     ("sftp.example.com", "s3cret-of-depot", KEY + "A")]  # fmt: skip

    # It stays with its address only, and can be forgotten.
    client.post(page_of(made), entered(password, version=1, seen=seen))
    assert again(made).host_key == KEY + "A"
    moved = {"sftp-host": "elsewhere.test", "version": 1, "seen": seen}
    client.post(page_of(made), entered(password, **moved))
    assert again(made).host_key == ""
    assert "integration.host_key_pinned" in Entry.objects.values_list("action", flat=True)


def test_a_key_that_nobody_has_seen_is_not_pinned(client, campaign, password):
    client.post(new_url(campaign), entered(password, seen=KEY))
    assert Integration.objects.get().host_key == ""


def test_a_test_says_what_the_server_says(client, campaign, password, monkeypatch):
    def refuse(*args, **more):
        raise TransportError("auth_refused", "530 Go away", permanent=True)

    monkeypatch.setattr(destinations, "try_out", refuse)
    text = client.post(new_url(campaign, "/test"), entered(password)).text
    assert "The server refused the credential" in text
    assert "530 Go away" in text
    unfilled = client.post(new_url(campaign, "/test"), entered(**{"sftp-user": ""})).text
    assert "User: This field is required." in unfilled
    assert Entry.objects.filter(action="integration.tested").count() == 1


# --- on, off, skipped, held ---


def test_it_is_switched_skipped_and_held(client, memory):
    made = make_integration()
    first = made.next_due_at

    def act(name, **data):
        assert client.post(f"{PENDING}/{made.pk}/act/{name}", data).status_code == 302
        return again(made)

    assert act("skip").skip_due_at == first
    assert "skipped" in client.post(page_of(made, "/runs"), entered(
        **{"schedule-weekdays": list("0123456"), "schedule-times": "08:00", "schedule-zone": "UTC"}
    )).text  # fmt: skip
    assert act("unskip").skip_due_at is None
    assert act("hold", until="2100-01-05").next_due_at.isoformat() == "2100-01-05T08:00:00+00:00"
    assert "Held until" in client.get(page_of(made)).text
    assert act("release").next_due_at == first
    for nothing in ("2020-01-01", "soon", "2026-99-99"):
        assert act("hold", until=nothing).hold_until is None
    assert act("off").next_due_at is None
    assert act("skip").skip_due_at is None
    assert act("on").next_due_at == first
    assert client.post(f"{PENDING}/{made.pk}/act/forget-host-key").status_code == 302


# --- credentials ---


def test_an_administrator_keeps_credentials_that_are_never_shown(admin_user, sign_in):
    client = sign_in(admin_user)
    assert "No credentials yet" in client.get(KEPT).text
    data = {"name": "Shop", "password": "hunter-2-hunter"}
    assert client.post(f"{KEPT}/new/password", data).status_code == 302
    kept = Credential.objects.get()
    assert secret_of(kept) == {"password": "hunter-2-hunter"}

    assert client.post(f"{KEPT}/{kept.pk}", {"name": "Shop 2", "password": ""}).status_code == 302
    assert secret_of(again(kept)) == {"password": "hunter-2-hunter"}
    client.post(f"{KEPT}/{kept.pk}", {"name": "Shop 2", "password": "another-one"})
    assert secret_of(again(kept)) == {"password": "another-one"}
    shown = client.get(KEPT).text + client.get(f"{KEPT}/{kept.pk}").text
    assert "Shop 2" in shown
    assert "another-one" not in shown + str(list(Entry.objects.values()))


def test_errors_are_at_their_field_and_show_no_secret(admin_user, sign_in, password):
    client = sign_in(admin_user)
    for kind, data, field in (
        ("password", {"name": "Depot", "password": "pass-word-1"}, "id_name_error"),
        ("file_password", {"name": "F", "password": "short"}, "id_password_error"),
        ("ssh_key", {"name": "K", "private_key": "ssh-ed25519 AAAA"}, "id_private_key_error"),
        ("http_header", {"name": "H", "header": "no-colon-here"}, "id_header_error"),
        ("s3_key", {"name": "S", "key_id": "", "secret": "x"}, "id_key_id_error"),
    ):
        answer = client.post(f"{KEPT}/new/{kind}", data)
        assert answer.status_code == 422, kind
        assert field in answer.text, kind
        for secret in ("pass-word-1", 'short"', "no-colon-here"):
            assert secret not in answer.text, kind
    assert client.get(f"{KEPT}/new/pigeon").status_code == 404


def test_a_used_one_stays(admin_user, sign_in, password, memory):
    client = sign_in(admin_user)
    made = make_integration(label="Needs it", credential=password)
    assert "Needs it" in client.get(KEPT).text
    refused = client.post(f"{KEPT}/{password.pk}/delete")
    assert refused.status_code == 422
    assert "Needs it" in refused.text
    Integration.objects.filter(pk=made.pk).update(credential=None)
    assert client.post(f"{KEPT}/{password.pk}/delete").status_code == 302
    assert not Credential.objects.exists()


def test_credentials_are_for_administrators_alone(client, password):
    for url in (KEPT, f"{KEPT}/new/password", f"{KEPT}/{password.pk}"):
        assert client.get(url).status_code == 403, url
        assert client.post(url).status_code in (403, 405), url
    assert client.post(f"{KEPT}/{password.pk}/delete").status_code == 403
