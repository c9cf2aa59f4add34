"""Changes of conversions: by file, by API, by their advertisers."""

from functools import partial

from convertr.jobs.models import Job
from tests.chaos.turn import csv_of, job_of

WORDS = ("APPROVED", "REJECTED")
MOST_ROWS = 400
CONFIRMED = {"reason": "fraud", "send_postbacks": "1"}
REPORTING = "/v1/networks/reporting/conversions"


def status_csv(turn):
    """Upload, Verify, Confirm by two people at the same moment; some cancel it meanwhile."""
    job = _verified(turn)
    if job is None:
        return
    turn.both(job, "confirm", **CONFIRMED)
    if turn.chance(0.15):
        turn.both(job, "cancel")


def _verified(turn):
    chosen = turn.world.some_conversions(turn.dice, MOST_ROWS)
    data = csv_of("conversion_uuid,status", [(uuid, turn.dice.choice(WORDS)) for uuid in chosen])
    return turn.verified(turn.world.agency, "/v2/conversions/upload", data)


def undo(turn):
    """Two people undo one of the last files at the same moment."""
    jobs = Job.objects.filter(
        kind="conversions.status_csv", finished_at__isnull=False, undone_by=None, channel="csv"
    ).exclude(confirmed_at=None)
    found = turn.ask(lambda: list(jobs.order_by("-pk").values_list("pk", flat=True)[:5]))
    if found:
        turn.both(turn.dice.choice(found), "undo", send_postbacks="1")


def api_statuses(turn):
    """PATCH of a few ids, applied in the call, or of many, by a worker."""
    most = turn.dice.choice((20, 300))
    ids = turn.world.some_conversions(turn.dice, most)
    body = {"conversion_ids": ids, "conversion_status": turn.dice.choice(WORDS).lower()}
    answer = turn.call(turn.world.agency_api, "PATCH", REPORTING, body, job_of)
    if answer is not None and answer.status == 200:
        turn.ledger.told("jobs", job_of(answer))


def api_amounts(turn):
    """PUT of payout and revenue, of two programs at once on one conversion."""
    [uuid] = turn.world.some_conversions(turn.dice, 1)
    path = f"{REPORTING}/{uuid.replace('-', '')}/payoutrevenue"
    turn.at_once(
        *(
            partial(turn.call, program, "PUT", path, {"payout": payout, "revenue": 9}, job_of)
            for program, payout in ((turn.world.agency_api, 1.5), (turn.world.admin_api, 2.5))
        )
    )


def advertiser(turn):
    """An advertiser reports the same sale twice at once, and its approval after that."""
    offer, token = turn.dice.choice(turn.world.offers)
    sale = f"chaos-{turn.dice.randrange(10_000)}"
    query = f"offer={offer}&token={token}&request_id={sale}&sale_amount=20"
    paths = [f"/postback?{query}&status={word}" for word in ("pending", "pending", "approved")]
    turn.at_once(*(partial(turn.report, path) for path in paths[:2]))
    turn.report(paths[2])
