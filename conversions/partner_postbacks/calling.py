"""One call of a claimed event, and what came of it, whatever happens."""

import logging
import traceback

from conversions.partner_postbacks.claiming import Claimed
from convertr.outbound.answers import Answer, Outcome
from convertr.outbound.http import Client

log = logging.getLogger(__name__)
# What stands for a call that could not be made: there is nothing left to tell.
_NOTHING_TO_TELL = Answer(Outcome.REFUSED_ADDRESS, 0)


async def call(client: Client, claimed: Claimed) -> Answer:
    """Make the call; a fault of ours is an outcome too, so that no event stays claimed."""
    if not claimed.url:
        return _NOTHING_TO_TELL
    try:
        return await client.send(claimed.method, claimed.url)
    except Exception as error:  # noqa: BLE001  nothing may keep an event under way
        # What it says may hold the address; where it happened doesn't.
        trace = "".join(traceback.format_tb(error.__traceback__))
        kind = type(error).__name__
        log.error("A call of postback %s went wrong: %s\n%s", claimed.postback_id, kind, trace)  # noqa: TRY400
        return Answer(Outcome.ERROR, 0)
