"""Changes of conversions: by file and by API."""

from tests.chaos.turn import csv_of

WORDS = ("APPROVED", "REJECTED")
MOST_ROWS = 120


def status_csv(turn):
    """Upload, Verify, Confirm by two people at the same moment."""
    chosen = turn.world.some_conversions(turn.dice, MOST_ROWS)
    data = csv_of("conversion_uuid,status", [(uuid, turn.dice.choice(WORDS)) for uuid in chosen])
    job = turn.verified(turn.world.agency, "/v2/conversions/upload", data)
    if job is not None:
        turn.both_confirm(job, reason="fraud", send_postbacks="1")
