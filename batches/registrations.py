"""What this app offers: integrations to leads; pages, figures, texts and chores to the ground."""

from django.conf import settings

from batches import figures, retaining
from batches.erasing import Files
from batches.pages import register_pages
from batches.provider import Batches
from batches.telling import NOTIFICATION, told
from convertr.jobs.housekeeping import register_chore
from convertr.metrics import register_metrics
from convertr.ui.registry import register_notification
from leads.erasing.emptying import register_keeper
from leads.integrations import register_provider


def register() -> None:
    """Called once when Django is ready."""
    register_provider(Batches())
    register_keeper(Files())
    register_pages()
    register_notification(NOTIFICATION, told)
    register_metrics("batches", figures.measure)
    register_chore("batch files", lambda: retaining.forget(days=settings.RETAIN_BATCH_FILES_DAYS))
    register_chore("batch attempts", forget_attempts)


def forget_attempts() -> None:
    retaining.forget_attempts(days=settings.RETAIN_BATCH_ATTEMPTS_DAYS)
