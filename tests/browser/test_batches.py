"""The whole round of a batch in a real browser: set up, tested, pending, sent, and compared."""

import re
import threading
import uuid

import pytest
from django.db import connection
from playwright.sync_api import expect

from batches import working
from batches.credentials import create
from batches.models import Batch, Integration
from convertr.outbound.addresses import networks
from tests.batches.kit import make_integration
from tests.batches.servers import PASSWORD, USER, SftpServer
from tests.leads.kit import make_lead_campaign, make_leads

PENDING = "/v2/system/campaign-lead-batch/pending-batch"
SENT = "/v2/system/campaign-lead-batch/sent-batches"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def sftp(tmp_path, settings):
    settings.OUTBOUND_ALLOW = networks(["127.0.0.0/8"])
    folder = tmp_path / "depot"
    folder.mkdir()
    server = SftpServer(folder)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def kept_in(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }


@pytest.fixture
def campaign(db):
    return make_lead_campaign(name="Solar Leads")


def send_all():
    """In a thread: this one has the browser's event loop."""

    def run():
        working.work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_from_setting_up_to_the_file_that_arrived(
    page, live_server, signed_in, agency, admin_user, campaign, sftp, axe
):
    create(actor=admin_user, name="Depot", kind="password", secret={"password": PASSWORD})
    signed_in(page, agency)
    page.goto(f"{live_server.url}{PENDING}")
    axe(page)
    page.get_by_role("link", name="New integration").click()
    page.get_by_label("Campaign").select_option(str(campaign.pk))
    page.get_by_role("button", name="Next").click()

    fill_in(page, sftp)
    axe(page)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("SHA256:")).to_be_visible()
    page.get_by_role("button", name="It is the right key").click()
    expect(page.get_by_text("It works: the file")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Set it up").click()
    page.wait_for_url(re.compile(r"/\d+/configure$"))
    made = Integration.objects.get()
    assert made.host_key == sftp.host_key
    assert made.fields == [["Mail", "field:email"], ["id", "meta:id"]]

    first, second, third = make_leads(3, campaign)
    page.goto(f"{live_server.url}{PENDING}")
    expect(
        page.get_by_role("row")
        .filter(has_text="To the depot")
        .get_by_role("link", name="3", exact=True)
    ).to_be_visible()
    axe(page)
    page.get_by_role("link", name="View the leads of To the depot").click()
    expect(page.get_by_role("cell", name=second.data["email"])).to_be_visible()
    page.get_by_role("checkbox", name=f"Select lead {second.pk}").check()
    page.get_by_label("Reason").fill("Asked to be left out")
    axe(page)
    page.get_by_role("button", name="Remove from the list").click()
    expect(page.get_by_role("heading", name="2 leads to be sent")).to_be_visible()
    expect(page.get_by_text("Asked to be left out")).to_be_visible()

    page.get_by_role("button", name="Batch now").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 leads of To the depot")).to_be_visible()
    axe(page)
    dialog.get_by_label("Type your full name").fill("Ada Agency")
    dialog.get_by_role("button", name="Send 2 leads").click()
    page.wait_for_url(re.compile(r"sent-batches/\d+$"))
    send_all()
    # The page looks again by itself.
    expect(page.get_by_role("cell", name="Sent", exact=True)).to_be_visible()
    axe(page)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    batch = Batch.objects.get()
    [(name, arrived)] = [(n, c) for n, c in sftp.files().items() if "test" not in n]
    assert name == batch.name == downloading.value.suggested_filename
    assert downloading.value.path().read_bytes() == arrived
    wanted = [f"{lead.data['email']};{lead.pk}" for lead in (first, third)]
    assert arrived.decode().split() == ["Mail;id", *wanted]

    page.get_by_role("link", name="View").click()
    expect(page.get_by_role("cell", name=third.data["email"])).to_be_visible()
    expect(page.get_by_text(second.data["email"])).to_have_count(0)
    axe(page)
    page.goto(f"{live_server.url}{SENT}")
    expect(
        page.get_by_role("row").filter(has_text="Solar Leads").get_by_text("Sent")
    ).to_be_visible()
    axe(page)


def fill_in(page, sftp):
    """The form, partly by keyboard: two columns, moved by Alt and an arrow."""
    page.get_by_label("Label").fill("To the depot")
    page.get_by_label("At", exact=True).fill("06:15")
    expect(page.locator("#runs li")).to_have_count(5)
    rows = page.locator("[data-pair]")
    while rows.count() > 1:
        rows.last.get_by_role("button", name="Remove the column").click()
    page.get_by_role("button", name="Add a column").click()
    rows.last.get_by_label("Header of the column").fill("Mail")
    rows.last.get_by_label("What goes into it").select_option("field:email")
    rows.last.get_by_label("Header of the column").press("Alt+ArrowUp")
    expect(page.locator("#preview th")).to_have_text(["Mail", "id"])
    page.get_by_label("Between cells").select_option(";")
    to = page.locator('[data-to="sftp"]').first
    to.get_by_label("Host").fill("127.0.0.1")
    to.get_by_label("Port").fill(str(sftp.port))
    to.get_by_label("User").fill(USER)
    to.get_by_label("Credential").select_option(label="Depot")


def test_pages_fit_a_phone_and_are_accessible(
    page, live_server, signed_in, admin_user, campaign, axe
):
    """What is seen on a large screen too: the test above."""
    page.set_viewport_size(PHONE)
    made = make_integration(
        campaign,
        destination={"kind": "sftp", "host": "h.test", "port": 22, "user": "u", "folder": ""},
    )
    [lead] = make_leads(1, campaign)
    made.removals.create(lead_id=lead.pk, reason="No", removed_by=admin_user)
    batch = Batch.objects.create(
        integration=made, due_at=made.next_due_at, leads=1, name="a.csv", size=5, sha256="0" * 64,
        frozen={"label": "Shop", "kind": "default", "fields": made.fields, "file": made.file,
                "destination": made.destination, "credential": None, "file_credential": None,
                "host_key": ""},
        state="failed", code="auth_refused", attempts=1,
    )  # fmt: skip
    batch.tries.create(
        outcome="permanent", code="auth_refused", words="Permission denied (publickey)."
    )
    live = make_integration(campaign, kind="realtime", destination={"kind": "realtime"})
    call = live.call_set.create(lead_id=lead.pk, round=1, key=uuid.uuid4(), state="failed")
    call.tries.create(outcome="http_status", status=500, milliseconds=12)
    batch.lines.create(seq=1, lead_id=lead.pk, cells=["1", "a@b.org", "Köln"])
    create(actor=admin_user, name="Depot", kind="password", secret={"password": PASSWORD})
    signed_in(page, admin_user)
    kept = "/v2/system/campaign-lead-batch/credentials"
    for path in (PENDING, f"{PENDING}/new", f"{PENDING}/{made.pk}",
                 f"{PENDING}/{made.pk}/configure", f"{SENT}?state=failed",
                 f"{SENT}/{batch.pk}", f"{SENT}/{batch.pk}/leads",
                 kept, f"{PENDING}/{live.pk}/calls",
                 f"/v2/campaign/{campaign.pk}"):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"{live_server.url}{kept}")
    page.get_by_text("New credential").click()
    page.get_by_role("button", name="SSH key").click()
    expect(page.get_by_label("Private key")).to_be_visible()
    axe(page)
