"""Several workers at once, and one that was given up while it still lived."""

import threading
import uuid

import pytest
from django.db import connection

from batches import claiming, holding, working
from batches.models import Attempt, Batch, Integration
from convertr.audit.context import recorded
from leads.models import Lead
from tests.batches.kit import again, make_integration, make_waiting, now_due, states, work

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS, INTEGRATIONS = 4, 12


def side_by_side(do):
    """Do it in some threads at the same time; answers what each has answered."""
    gate, answers = threading.Barrier(WORKERS), []

    def doing():
        try:
            gate.wait()
            answers.append(do())
        finally:
            connection.close()

    threads = [threading.Thread(target=doing) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_what_is_due_at_once_is_sent_once_by_whoever_comes(memory):
    integrations = [make_integration(label=f"Shop {n}") for n in range(INTEGRATIONS)]
    for one in integrations:
        make_waiting(1, one)
        now_due(one)

    side_by_side(working.work)
    work()

    assert Batch.objects.filter(state="sent").count() == INTEGRATIONS
    assert sorted(memory.sent) == sorted(Batch.objects.values_list("name", flat=True))
    assert Attempt.objects.count() == INTEGRATIONS
    assert states() == ["sent"] * INTEGRATIONS
    assert Lead.objects.filter(delivered=True).count() == INTEGRATIONS


def test_a_run_is_claimed_once_by_many(memory):
    integration = make_integration(due=True)
    make_waiting(3, integration)

    answers = side_by_side(claiming.claim_one_due)

    assert Batch.objects.count() == 1
    assert sum(isinstance(answer, Batch) for answer in answers) == 1


def test_who_was_given_up_and_lives_finishes_nothing(memory, caplog):
    integration = make_integration(due=True)
    make_waiting(1, integration)
    send = memory.send

    def taken_over(upload, finishing):
        Batch.objects.update(token=uuid.uuid4())
        return send(upload, finishing)

    memory.send = taken_over
    assert isinstance(claiming.claim_one_due(), Batch)
    working.bring_on(holding.take_one())

    assert memory.files == {}
    assert "taken over" in caplog.text
    assert Batch.objects.get().state == "sending"
    assert states() == ["sending"]


def test_leads_of_a_large_batch_are_settled_part_by_part(memory, monkeypatch):
    monkeypatch.setattr("batches.settling.AT_ONCE", 2)
    integration = make_integration(due=True)
    make_waiting(5, integration)
    work()

    assert states() == ["sent"] * 5
    assert again(Batch.objects.get()).settled
    assert not Lead.objects.filter(delivered=False).exists()


def test_a_batch_is_claimed_as_a_whole_or_not_at_all(memory, monkeypatch):
    integration = make_integration(due=True)
    make_waiting(1, integration)

    class PowerCutError(Exception):
        pass

    def cut(*_args):
        raise PowerCutError

    monkeypatch.setattr(claiming, "_name", cut)
    with pytest.raises(PowerCutError), recorded():
        claiming.claim_one_due()
    connection.close()

    assert not Batch.objects.exists()
    assert states() == ["queued"]
    assert Integration.objects.get().sequence == 0
