"""Files of leads: sent at once, when they are due, and what people do with those that got stuck."""

from functools import partial

from django.utils import timezone

from batches.models import Batch, Integration

STUCK = ("held", "failed")


def batch_now(turn):
    """Two people send the same integration's batch at the same moment."""
    integration = turn.dice.choice(turn.world.batched)
    people = (
        (turn.world.agency_api, turn.world.agency),
        (turn.world.admin_api, turn.world.admin),
    )
    turn.at_once(*(partial(_send_now, turn, *pair, integration.pk) for pair in people))


def _send_now(turn, program, person, integration):
    body = {"batchIntegrationId": integration, "signature": person.name}
    path = "/api/v4/batch-manager-batch-now"
    answer = turn.call(program, "POST", path, body)
    if answer is not None and answer.status == 202:
        turn.ledger.told("batches", answer.json()["batchId"])


def due(turn):
    """The time of some integrations comes, of all at once or of one."""
    some = turn.dice.sample(turn.world.batched, turn.dice.randint(1, len(turn.world.batched)))
    chosen = Integration.objects.filter(pk__in=[one.pk for one in some])
    turn.ask(lambda: chosen.update(next_due_at=timezone.now()))


def stuck(turn):
    """Two people do something about a held or failed batch at the same moment."""
    ours = Batch.objects.filter(state__in=STUCK, pk__gt=turn.world.first["batch"])
    found = turn.ask(lambda: list(ours.order_by("-pk").values_list("pk", flat=True)[:5]))
    if not found:
        return
    batch = turn.dice.choice(found)
    turn.at_once(
        *(partial(_settle, turn, person, batch) for person in (turn.world.agency, turn.world.admin))
    )


def _settle(turn, person, batch):
    act = turn.dice.choice(("resend", "mark-sent", "cancel"))
    path = f"/v2/system/campaign-lead-batch/sent-batches/{batch}/act/{act}"
    person.post(turn.door, path, {"signature": person.name})
