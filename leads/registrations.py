"""What this app offers to the ground: kinds of job, the texts of their codes, its pages."""

from django.conf import settings

from convertr.jobs import kinds, texts
from convertr.jobs.housekeeping import drop_older, register_chore
from convertr.metrics import register_metrics
from convertr.ui.lists import register_export
from leads import figures, processors
from leads.erasing import copies
from leads.erasing import services as erasing
from leads.exports import kinds as exports
from leads.flagging import kinds as flagging
from leads.imports import kinds as imports
from leads.imports.texts import TEXTS as IMPORT_TEXTS
from leads.models import LeadEvent
from leads.pages import register_pages
from leads.texts import TEXTS


def register() -> None:
    """Called once when Django is ready."""
    for kind in (*flagging.KINDS, *imports.KINDS, *exports.KINDS):
        kinds.register(kind)
    texts.register_texts(TEXTS)
    texts.register_texts(IMPORT_TEXTS)
    texts.register_texts(processors.texts())
    register_pages()
    register_chore("leads", erasing.nudge)
    register_chore("exports of leads", copies.forget_exports)
    register_chore("history of leads", forget_history)
    register_metrics("leads", figures.measure)
    register_export("leads", "leads/exports/list_export.html")


def forget_history() -> None:
    drop_older(LeadEvent, days=settings.RETAIN_HISTORY_DAYS)
