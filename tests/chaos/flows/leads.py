"""Leads: coming in, flagged by the wizard and by API, reprocessed."""

import re

from leads.models import Lead
from tests.chaos.turn import job_of

MOST_LEADS = 60
OWN = {"own_reason": "Because"}
VERIFIED = re.compile(rb'name="verified" value="([^"]+)"')


def intake(turn):
    """A program brings leads; some have an address that another has."""
    leads = [_lead(turn) for _lead_ in range(turn.dice.randint(1, MOST_LEADS))]
    answer = turn.call(turn.world.agency_api, "POST", "/api/v4/leads", leads)
    if answer is not None and answer.status == 201:
        made = answer.json()["data"]
        turn.ledger.told("leads", *(made if isinstance(made, list) else [made]))


def _lead(turn):
    number = turn.dice.getrandbits(28 if turn.chance(0.9) else 4)
    return {
        "campaign": turn.dice.choice(turn.world.campaigns),
        "publisher": turn.dice.choice(turn.world.publishers),
        "leadData": {
            "firstName": "Anna",
            "lastName": "Engel",
            "email": f"chaos{number}@posteo.de",
            "telephone": f"0151 {turn.dice.randint(10_000_000, 99_999_999)}",
            "country": "DE",
            "city": "Köln",
            "birthDate": "1.2.1990",
        },
    }


def wizard(turn):
    """Leads → Type → Processing in a browser, and Confirm twice at once."""
    person, door = turn.world.agency, turn.door
    answer = person.post(door, "/v2/leads/manage", {})
    where = answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")
    found = re.search(r"/manage/(\d+)/", where)
    if found is None:
        return
    draft, folder = int(found[1]), f"/v2/leads/manage/{found[1]}"
    ids = " ".join(map(str, _some(turn)))
    person.post(door, f"{folder}/leads", {"ids": ids, "go": "next"})
    act = turn.dice.choice(("valid", "invalid", "test", "replacement", "reprocess", "undelivered"))
    person.post(door, f"{folder}/type", {"act": act})
    seen = VERIFIED.search(person.get(door, f"{folder}/processing").data)
    if seen is None:
        return
    fields = {
        "verified": seen[1].decode(),
        "reason": "",
        **OWN,
        "comment": "chaos",
        "signature": person.name,
        "confirm": "1",
    }
    doors = (turn.door, turn.door)
    turn.at_once(*(lambda at=at: person.post(at, f"{folder}/processing", fields) for at in doors))
    turn.ledger.told("jobs", draft)


def _some(turn):
    """Leads of the last hundreds, so that flows meet each other."""
    newest = Lead.objects.order_by("-pk").values_list("pk", flat=True)[:300]
    found = turn.ask(lambda: list(newest))
    return turn.dice.sample(found, turn.dice.randint(1, min(80, len(found))))


def flag(turn):
    """A program flags leads."""
    body = {
        "leadIds": _some(turn),
        "flag": turn.dice.choice(("valid", "invalid", "test")),
        "ownReason": "Because",
    }
    _bulk(turn, "flag", body)


def reprocess(turn):
    """A program has leads processed anew."""
    _bulk(turn, "reprocess", {"leadIds": _some(turn), "confirm": True})


def deliver(turn):
    """A program marks leads as delivered."""
    name = turn.world.agency.name
    _bulk(turn, "deliver", {"leadIds": _some(turn), "signature": name, "confirm": True})


def _bulk(turn, what, body):
    answer = turn.call(turn.world.agency_api, "POST", f"/api/v4/leads-bulk-{what}", body, job_of)
    if answer is not None and answer.status == 202:
        turn.ledger.told("jobs", job_of(answer))
