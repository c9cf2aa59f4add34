"""What this app offers to the ground: kinds of job, the texts of their codes, what it clears up."""

from django.conf import settings

from conversions.amounts_csv.kinds import AmountsCsv, UndoAmounts
from conversions.api.kinds import API_KINDS
from conversions.csv_files.kinds import Undo
from conversions.locking.kinds import Lock, UndoLock, Unlock
from conversions.models import ConversionEvent, PostbackCall
from conversions.pages import register_pages
from conversions.partner_postbacks import registrations as partner_postbacks
from conversions.party_panels import register_panels
from conversions.status_csv.kinds import StatusCsv, StatusSelection
from conversions.texts import TEXTS
from convertr.jobs import kinds, texts
from convertr.jobs.housekeeping import delete_older, drop_older, register_chore

CSV_KINDS = (
    StatusCsv(), StatusSelection(), Undo(),
    AmountsCsv(), UndoAmounts(),
    Lock(), Unlock(), UndoLock(),
)  # fmt: skip


def register() -> None:
    """Called once when Django is ready."""
    for kind in (*CSV_KINDS, *API_KINDS):
        kinds.register(kind)
    texts.register_texts(TEXTS)
    register_pages()
    register_panels()
    partner_postbacks.register()
    register_chore("history", forget_history)
    register_chore("postback calls", forget_postback_calls)


def forget_history() -> None:
    drop_older(ConversionEvent, days=settings.RETAIN_HISTORY_DAYS)


def forget_postback_calls() -> None:
    delete_older(PostbackCall, "at", days=settings.RETAIN_POSTBACK_CALLS_DAYS)
