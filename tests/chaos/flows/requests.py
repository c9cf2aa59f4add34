"""Conversion requests: raised by a partner, decided by two people at once, imported."""

from functools import partial

from requests_workflow.models import ConversionRequest
from tests.chaos.turn import csv_of

REQUESTS = "/v1/conversion-requests"
MOST_ROWS = 25


def change(turn):
    """A partner asks for changes of its conversions."""
    for uuid in turn.dice.sample(turn.world.partners_own, 3):
        body = {
            "request_type": "CHANGE",
            "conversion_id": uuid,
            "status": turn.dice.choice(("approved", "rejected")),
            "sub1": f"chaos-{turn.dice.randrange(1000)}",
        }
        _raise(turn, body)


def create(turn):
    """A partner asks for conversions that were not tracked; two may be the same sale."""
    for _request in range(2):
        body = {
            "request_type": "CREATE",
            "offer_id": turn.dice.choice(turn.world.partners_offers),
            "sale_amount": 30,
            "order_id": f"chaos-{turn.dice.randrange(200)}",
            "status": "approved",
        }
        _raise(turn, body)


def _raise(turn, body):
    answer = turn.call(turn.world.partner_api, "POST", REQUESTS, body)
    if answer is not None and answer.status == 201:
        turn.ledger.told("requests", answer.json()["conversion_request_id"])


def decide(turn):
    """Two people decide the same requests at the same moment, of the version that both saw."""
    waiting = ConversionRequest.objects.filter(status__in=("inquired", "failed"))
    newest = waiting.order_by("-pk").values_list("pk", "version")[:12]
    found = turn.ask(lambda: list(newest))
    for pk, version in turn.dice.sample(found, min(4, len(found))):
        acts = [
            partial(_decide, turn, program, pk, version, turn.chance(0.75))
            for program in (turn.world.agency_api, turn.world.admin_api)
        ]
        turn.at_once(*acts)


def _decide(turn, program, pk, version, accept):
    body = {"version": version, "anyway": True} if accept else {"version": version, "reason": "No"}
    path = f"{REQUESTS}/{pk}/{'accept' if accept else 'reject'}"
    answer = turn.call(program, "POST", path, body)
    if answer is not None and answer.status == 200:
        turn.ledger.first("decide", (pk, version))


def file_of_requests(turn):
    """The agency uploads requests for new conversions; two people confirm at once."""
    rows = [
        (
            "CREATE",
            turn.dice.choice(turn.world.offers)[0],
            turn.dice.choice(turn.world.publishers),
            f"chaos-{turn.dice.getrandbits(40):x}",
            "CONFIRMED",
            "12.50",
        )
        for _row in range(turn.dice.randint(1, MOST_ROWS))
    ]
    header = "request_type,offer_id,partner_id,request_id,status,sale_amount"
    _imported(turn, turn.world.agency, csv_of(header, rows))


def file_of_decisions(turn):
    """An administrator accepts by file what others have asked for."""
    waiting = ConversionRequest.objects.filter(status="inquired").exclude(
        raised_by__email=turn.world.admin.email
    )
    newest = waiting.order_by("-pk").values_list("pk", "type")[:MOST_ROWS]
    found = turn.ask(lambda: list(newest))
    if found:
        rows = [(pk, kind.upper(), "ACCEPTED") for pk, kind in found]
        header = "conversion_request_id,request_type,request_status"
        _imported(turn, turn.world.admin, csv_of(header, rows))


def _imported(turn, person, data):
    job = turn.verified(person, "/v2/conversion-requests/import", data)
    if job is not None:
        turn.both(job, "confirm")
