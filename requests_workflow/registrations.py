"""What this app offers to the ground: kinds of job, the texts of their codes, its pages."""

from django.conf import settings

from convertr.jobs import kinds, texts
from convertr.jobs.housekeeping import drop_older, register_chore
from convertr.ui.lists import register_export
from requests_workflow.deciding_jobs import kinds as deciding_jobs
from requests_workflow.imports import kinds as imports
from requests_workflow.imports.texts import TEXTS as IMPORT_TEXTS
from requests_workflow.models import RequestEvent
from requests_workflow.pages import register_pages
from requests_workflow.texts import TEXTS


def register() -> None:
    """Called once when Django is ready."""
    for kind in (*deciding_jobs.KINDS, *imports.KINDS):
        kinds.register(kind)
    texts.register_texts(TEXTS)
    texts.register_texts(IMPORT_TEXTS)
    register_pages()
    register_export("conversions", "requests_workflow/conversions_export.html")
    register_chore("history of requests", forget_history)


def forget_history() -> None:
    drop_older(RequestEvent, days=settings.RETAIN_HISTORY_DAYS)
