"""Pending and sent batches as people see them: lists, what can be done, and for whom."""

import json
import os
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import reverse

from batches.models import Batch, Call, Credential, Integration
from batches.rules import State
from convertr.accounts.permissions import grant
from convertr.audit.models import Entry
from convertr.network.models import Campaign
from tests.batches.kit import PAST, again, make_integration, make_waiting, now_due, work
from tests.conversions.test_list_queries import queries
from tests.factories import make_advertiser
from tests.leads.kit import make_lead_campaign
from tests.leads.kit_pages import HTMX

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parent / "query_counts.json"
PENDING = "/v2/system/campaign-lead-batch/pending-batch"
SENT = "/v2/system/campaign-lead-batch/sent-batches"


@pytest.fixture
def client(agency, sign_in):
    return sign_in(agency)


@pytest.fixture
def integration(memory):
    advertiser = make_advertiser(name="Sun & Sons")
    return make_integration(make_lead_campaign(name="Solar", advertiser=advertiser), label="To CRM")


@pytest.fixture
def sent(integration):
    """A batch of two leads that has arrived."""
    make_waiting(2, integration)
    now_due(integration)
    bring_to_its_end()
    return Batch.objects.get()


def bring_to_its_end():
    """All that is due is sent; the clock of a test's transaction stands still."""
    work()
    Batch.objects.update(next_attempt_at=PAST)
    work()


def page_of(integration, rest=""):
    return f"{PENDING}/{integration.pk}{rest}"


def rows(client, url):
    """The keys of the rows that a list shows."""
    text = client.get(url).text
    return [int(n) for n in re.findall(r'<tr [^>]*data-href="[^"]*/(\d+)"', text)]


def ticks(text):
    return [int(n) for n in re.findall(r'name="ids" value="(\d+)"', text)]


# --- the lists ---


def test_pending_shows_what_waits_and_when_it_runs(client, integration):
    make_waiting(3, integration)
    resting = make_integration(label="Quiet", hold_until=datetime(2100, 1, 1, tzinfo=UTC))

    text = client.get(PENDING).text

    assert rows(client, PENDING) == [resting.pk, integration.pk]
    for told in (
        "Sun &amp; Sons",
        "Solar",
        "To CRM",
        "Every day at 08:00 (UTC)",
        "data-until",
        "Held",
    ):
        assert told in text, told
    assert f'<a href="{page_of(integration)}">3</a>' in text
    assert f'<a href="{page_of(resting)}">0</a>' in text


@pytest.mark.parametrize("shown", [
    "advertiser_id={advertiser}", "advertiser_name=SUN", "campaign_id={campaign}",
    "campaign_name=ola", "label=crm", "q={id}",
])  # fmt: skip
def test_both_lists_are_filtered_alike(client, sent, shown):
    integration = sent.integration
    other = make_integration(label="Else")
    lost = Batch.objects.create(
        integration=other, due_at=other.next_due_at, frozen=sent.frozen, state="sent", name="x"
    )
    values = {"advertiser": integration.campaign.advertiser_id, "campaign": integration.campaign_id}

    of_pending = shown.format(id=integration.pk, **values)
    assert rows(client, f"{PENDING}?{of_pending}") == [integration.pk]
    assert rows(client, f"{SENT}?{shown.format(id=sent.pk, **values)}") == [sent.pk]
    assert rows(client, SENT) == [lost.pk, sent.pk]
    assert rows(client, f"{SENT}?integration={integration.pk}") == [sent.pk]
    for wrong in ("advertiser_id=0", "campaign_id=1.5", "campaign_id=9e30", "label=%00"):
        assert rows(client, f"{PENDING}?{wrong}") == [], wrong


def test_what_is_switched_off_is_there_when_asked_for(client, integration):
    Integration.objects.update(active=False)
    assert rows(client, PENDING) == []
    assert rows(client, f"{PENDING}?state=off") == [integration.pk]
    assert rows(client, f"{PENDING}?state=any&kind=default") == [integration.pk]
    assert rows(client, f"{PENDING}?state=any&kind=realtime") == []


def test_failed_and_held_ones_are_counted_above_what_was_sent(client, sent):
    for state in (State.FAILED, State.HELD, State.HELD):
        Batch.objects.create(
            integration=sent.integration,
            due_at=f"2026-01-0{Batch.objects.count() + 1}T00:00Z",
            frozen=sent.frozen,
            state=state,
        )
    text = client.get(SENT).text
    assert "1 batch failed and waits for you." in text
    assert "2 batches are held" in text
    assert rows(client, SENT) == [sent.pk]
    assert len(rows(client, f"{SENT}?state=held")) == 2
    assert len(rows(client, f"{SENT}?state=any")) == 4


def test_lists_are_exported_without_acts(client, sent):
    make_waiting(1, sent.integration)
    answer = client.post(
        PENDING, {"act": "export", "format": "csv", "query": "columns=label,leads"}
    )
    assert b"".join(answer.streaming_content).decode().split() == [
        "\ufeffLabel,Lead",
        "To",
        "CRM,1",
    ]
    query = "columns=id,sha256,size,attempts,state"
    answer = client.post(SENT, {"act": "export", "format": "csv", "query": query})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1] == f"{sent.pk},{sent.sha256},{sent.size},1,sent"


# --- what waits ---


def test_view_shows_the_files_cells_and_leads_are_removed_and_put_back(client, integration):
    first, second, third = make_waiting(3, integration)
    page = client.get(page_of(integration)).text
    assert ticks(page) == [first.pk, second.pk, third.pk]
    assert f"<td>{first.data['email']}</td>" in page

    data = {"ids": [first.pk, third.pk], "reason": "They asked"}
    assert client.post(page_of(integration, "/remove"), data).status_code == 302
    page = client.get(page_of(integration)).text
    assert "1 lead to be sent" in page
    assert "They asked" in page
    assert "Ada Agency" in page

    client.post(page_of(integration, "/put-back"), {"ids": [first.pk]})
    page = client.get(page_of(integration)).text
    assert "2 leads to be sent" in page
    assert set(integration.removals.values_list("lead_id", flat=True)) == {third.pk}


@pytest.mark.parametrize("data", [{"ids": ["{lead}"]}, {"reason": "No"}, {"ids": ["x", "9" * 30]}])
def test_removing_needs_leads_and_a_reason(client, integration, data):
    [lead] = make_waiting(1, integration)
    given = {**data, "ids": [one.format(lead=lead.pk) for one in data.get("ids", [])]}
    answer = client.post(page_of(integration, "/remove"), given)
    assert answer.status_code == 422
    assert 'id="why"' in answer.text
    assert not integration.removals.exists()


def test_view_goes_through_many_by_key(client, integration):
    made = [lead.pk for lead in make_waiting(60, integration)]
    first = client.get(page_of(integration)).text
    assert ticks(first) == made[:50]
    [onwards] = re.findall(r'href="([^"]*after=[^"]*)"', first)
    second = client.get(onwards).text
    assert ticks(second) == made[50:]
    [back] = re.findall(r'href="([^"]*before=[^"]*)"', second)
    assert ticks(client.get(back).text) == made[:50]


def test_batch_now_is_signed_and_leads_to_its_batch(client, integration):
    make_waiting(2, integration)
    url = page_of(integration, "/batch-now")
    assert "<b>2</b> leads of To CRM" in client.get(url).text
    unsigned = client.post(url, {"signature": "Abel"}, headers=HTMX)
    assert unsigned.status_code == 422
    assert "Type your full name, Ada Agency." in unsigned.text
    assert not Batch.objects.exists()

    answer = client.post(url, {"signature": "Ada Agency"}, headers=HTMX)

    batch = Batch.objects.get()
    assert answer["HX-Redirect"] == f"{SENT}/{batch.pk}"
    assert client.post(url, {"signature": "Ada Agency"}).status_code == 422
    assert Entry.objects.get(action="batch.sent_now").details["severity"] == "high"


# --- a batch ---


def test_a_batch_tells_what_was_sent_and_gives_the_file(client, sent, memory):
    page = client.get(f"{SENT}/{sent.pk}").text
    for told in (sent.name, sent.sha256, "Taken", "Sent", "every 1s"):
        assert (told in page) == (told != "every 1s"), told

    answer = client.get(f"{SENT}/{sent.pk}/download")
    assert b"".join(answer.streaming_content) == memory.files[sent.name]
    assert answer["Content-Disposition"] == f'attachment; filename="{sent.name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"


def test_its_leads_are_shown_as_they_were_sent(client, sent):
    line = sent.lines.order_by("seq").first()
    Integration.objects.update(fields=[["Only", "meta:id"]])
    Campaign.objects.update(name="Renamed")
    page = client.get(f"{SENT}/{sent.pk}/leads").text
    assert "2 leads, as they were sent" in page
    assert line.cells[1] in page
    assert '<th scope="col">E-mail</th>' in page
    sent.lines.filter(seq=1).update(lead_id=10**9)
    page = client.get(f"{SENT}/{sent.pk}/leads").text
    assert line.cells[1] in page
    assert "deleted" in page


def test_a_file_that_is_not_kept_is_404(client, sent):
    Batch.objects.update(stored="")
    assert client.get(f"{SENT}/{sent.pk}/download").status_code == 404
    page = client.get(f"{SENT}/{sent.pk}").text
    assert "The file is not kept any more." in page
    assert "/act/resend" not in page
    Batch.objects.update(stored="batches/none")
    assert client.get(f"{SENT}/{sent.pk}/download").status_code == 404


def test_resend_sends_the_identical_file(client, sent, memory):
    url = f"{SENT}/{sent.pk}/act/resend"
    assert "The receiver has had this file already." in client.get(url).text
    assert client.post(url, {"signature": ""}).status_code == 422
    assert client.post(url, {"signature": "ada agency"}).status_code == 302
    bring_to_its_end()
    assert memory.sent == [sent.name, sent.name]
    assert again(sent).state == State.SENT


@pytest.fixture
def failed(integration, memory):
    make_waiting(1, integration)
    now_due(integration)
    memory.fail("auth_refused", permanent=True, words="530 No")
    bring_to_its_end()
    return Batch.objects.get()


def test_a_failed_one_says_why_and_what_to_do(client, failed):
    page = client.get(f"{SENT}/{failed.pk}").text
    for told in ("The server refused the credential", "530 No", "Then resend it", "act/mark-sent",
                 "act/cancel", "act/resend"):  # fmt: skip
        assert told in page, told


@pytest.mark.parametrize(
    ("act", "data", "state", "waiting"),
    [("cancel", {}, State.CANCELLED, 1), ("mark-sent", {"signature": "Ada Agency"}, State.SENT, 0)],
)
def test_a_failed_one_is_cancelled_or_marked_as_sent(client, failed, act, data, state, waiting):
    url = f"{SENT}/{failed.pk}/act/{act}"
    assert client.get(url).status_code == 200
    assert client.post(url, data, headers=HTMX)["HX-Redirect"] == f"{SENT}/{failed.pk}"
    work()
    assert again(failed).state == state
    assert again(failed).settled
    assert f"{waiting} lead" in client.get(page_of(failed.integration)).text
    assert client.post(url, data).status_code == 422


def test_a_real_time_integration_shows_its_calls(client):
    live = make_integration(kind="realtime", destination={"kind": "realtime"})
    made = []
    for n, state in enumerate(["sent", "failed"]):
        call = Call.objects.create(
            integration=live, lead_id=100 + n, round=1, key=uuid.uuid4(), state=state
        )
        call.tries.create(outcome=["delivered", "rejected"][n], status=200, repeat=n == 1)
        made.append(call)
    page = client.get(page_of(live, "/calls")).text
    assert page.index("/v2/lead/101") < page.index("/v2/lead/100")
    for told in ("Taken.", "doesn’t say", "unknown, repeated"):
        assert told in page, told
    assert page_of(live, "/calls") in client.get(page_of(live)).text
    assert client.get(page_of(make_integration(), "/calls")).status_code == 404


# --- around them ---


def test_who_only_reads_sees_no_acts(sign_in, agency2, sent):
    grant(agency2, ["leads.view_leads"])
    make_waiting(1, sent.integration)
    reader = sign_in(agency2)
    seen = "".join(
        reader.get(url).text
        for url in (PENDING, SENT, page_of(sent.integration), f"{SENT}/{sent.pk}")
    )
    for act in ("batch-now", "/configure", "act/resend", "/remove", "pending-batch/new"):
        assert act not in seen, act
    assert "/download" in seen


def test_a_campaigns_page_names_its_integrations(client, integration):
    make_waiting(2, integration)
    page = client.get(reverse("network:campaign", args=[integration.campaign_id])).text
    assert page_of(integration) in page
    assert "2 leads pending" in page
    assert f"{PENDING}/new?campaign={integration.campaign_id}" in page


def test_queries_are_as_written_down_and_do_not_grow(client, integration, agency, failed):
    """In query_counts.json; a change is written down by UPDATE_QUERY_COUNTS=1, seen in review."""
    live = make_integration(kind="realtime", destination={"kind": "realtime"})
    pages = {
        PENDING: PENDING,
        f"{PENDING}/{{id}}": page_of(integration),
        f"{PENDING}/{{id}}/configure": page_of(integration, "/configure"),
        f"{PENDING}/{{id}}/calls": page_of(live, "/calls"),
        f"{PENDING}/{{id}}/batch-now": page_of(integration, "/batch-now"),
        f"{SENT}?state=any": f"{SENT}?state=any",
        f"{SENT}/{{id}}": f"{SENT}/{failed.pk}",
        f"{SENT}/{{id}}/leads": f"{SENT}/{failed.pk}/leads",
        "/v2/campaign/{id}": reverse("network:campaign", args=[integration.campaign_id]),
    }

    def grow(count):
        for lead in make_waiting(2 * count, integration)[::2]:
            integration.removals.create(lead_id=lead.pk, reason="No", removed_by=agency)
        for n in range(count):
            make_integration(integration.campaign, label=f"More {n}")
            make_integration()
            Credential.objects.create(name=f"{count} {n}", kind="password", ciphertext=b"")
            failed.tries.create(outcome="transient", code="busy")
            call = Call.objects.create(
                integration=live, lead_id=n, round=count, key=uuid.uuid4(), state="sent"
            )
            call.tries.create(outcome="delivered", status=200)
            failed.lines.create(seq=10 * count + n, lead_id=n, cells=["a", "b", "c"])
            moment = datetime(2026, count, n + 1, tzinfo=UTC)
            Batch.objects.create(
                integration=make_integration(), due_at=moment, frozen=failed.frozen, state="sent"
            )

    def counts():
        return {name: queries(client, page) for name, page in pages.items()}

    grow(2)
    few = counts()
    grow(6)
    assert counts() == few
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        FILE.write_text(json.dumps(few, indent=2) + "\n")
    assert json.loads(FILE.read_text()) == few


def test_unknown_ones_are_404(client, integration):
    for url in (page_of(integration, "9"), f"{PENDING}/{10**19}", f"{SENT}/{10**18}",
                f"{SENT}/9999/download", page_of(integration, "/act/explode")):  # fmt: skip
        method = client.post if "/act/" in url else client.get
        assert method(url).status_code == 404, url
