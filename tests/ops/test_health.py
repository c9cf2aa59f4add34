"""Probes, metrics and doctor: they tell the truth, without a session, a host name or TLS."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from batches.claiming import claim_one_due
from batches.models import Attempt, Call, CallAttempt
from convertr.jobs.models import Heartbeat, Job
from tests.batches.kit import make_integration, make_waiting


def beat(name, seconds_ago):
    seen_at = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": seen_at})


def test_healthz_answers_under_any_host_name(client):
    response = client.get("/healthz", headers={"host": "10.1.2.3"})
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_readyz_asks_for_a_worker_and_beat_within_the_last_minute(client):
    missing = client.get("/readyz")
    assert missing.status_code == 503
    assert missing.json()["database"] == missing.json()["broker"] == "ok"
    assert "never seen" in missing.json()["worker"]

    beat("worker", 50)
    beat("beat", 70)
    late = client.get("/readyz")
    assert (late.status_code, late.json()["worker"]) == (503, "ok")
    assert "last seen 70 s ago" in late.json()["beat"]

    beat("beat", 1)
    assert client.get("/readyz").json() == {
        "ready": True,
        **dict.fromkeys(("database", "broker", "worker", "beat"), "ok"),
    }


@pytest.mark.django_db
def test_readyz_says_when_the_broker_is_away(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "REDIS_URL" in response.json()["broker"]


@pytest.mark.django_db
def test_metrics_tell_of_requests_by_view_and_of_the_queue(client, settings):
    settings.PRODUCTION = False
    client.get("/no-such-page/secret@example.test")
    text = client.get("/metrics").content.decode()
    assert 'convertr_requests_total{method="GET",status="404",view="none"}' in text
    assert "convertr_queue_depth 0.0" in text
    assert "convertr_queue_age_seconds 0.0" in text
    for queue in ("celery", "soon", "ticks", "outbound", "batches"):
        assert f'convertr_broker_messages{{queue="{queue}"}}' in text
    for waiting in ("leads", "postbacks", "calls"):
        assert f"convertr_{waiting}_waiting 0.0" in text
    assert "convertr_batches_due 0.0" in text
    assert "convertr_leads_erasing 0.0" in text
    assert "secret@example" not in text


@pytest.mark.django_db
def test_metrics_tell_of_jobs_deliveries_batches_and_calls(client, settings, agency):
    """Each by what became of it, as platform.md lists them."""
    settings.PRODUCTION = False
    Job.objects.create(
        kind="leads.valid", state="done", requested_by=agency, counts={"applied": 3, "invalid": 1}
    )
    integration = make_integration(due=True)
    make_waiting(2, integration)
    batch = claim_one_due()
    Attempt.objects.create(batch=batch, outcome="transient", ended_at=timezone.now())
    called = Call.objects.create(integration=integration, lead_id=1, round=1, key=uuid4())
    CallAttempt.objects.create(call=called, outcome="delivered")
    text = client.get("/metrics").text
    for line in (
        'convertr_jobs{kind="leads.valid",state="done"} 1.0',
        'convertr_job_rows{kind="leads.valid",outcome="applied"} 3.0',
        'convertr_deliveries{state="sending"} 2.0',
        'convertr_batches{state="claimed"} 1.0',
        'convertr_batch_attempts{outcome="transient"} 1.0',
        'convertr_call_attempts{outcome="delivered"} 1.0',
        "convertr_calls_waiting 1.0",
    ):
        assert line in text, line


@pytest.mark.django_db
def test_metrics_in_production_ask_for_the_token(client, settings):
    settings.PRODUCTION = True
    assert client.get("/metrics").status_code == 403
    settings.METRICS_TOKEN = "a-token"
    assert client.get("/metrics").status_code == 403
    bearer = {"authorization": "Bearer a-token"}
    assert client.get("/metrics", headers=bearer).status_code == 200


@pytest.mark.django_db
def test_doctor_says_what_is_wrong_and_what_to_do(capsys, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(CommandError, match=r"Not well: worker, beat, soon, sender, batches\."):
        call_command("doctor")
    out = capsys.readouterr().out
    assert "start it: celery -A convertr worker" in out
    assert "PostgreSQL 18" in out

    beat("worker", 1)
    beat("beat", 1)
    beat("soon", 1)
    beat("sender", 1)
    beat("batches", 1)
    call_command("doctor")
    assert "All is well." in capsys.readouterr().out
