"""Celery's entry points; safe to run twice, late or never."""

from celery import shared_task
from celery.worker import state

from batches import ticking, working
from batches.realtime import calling


@shared_task(name="batches.tick")
def tick() -> None:
    ticking.tick()


@shared_task(name="batches.work")
def work() -> None:
    working.work(should_stop=_is_stopping)


@shared_task(name="batches.call")
def call() -> None:
    calling.run(should_stop=_is_stopping)


def _is_stopping() -> bool:
    """Whether this worker was asked to end: what is under way is finished, nothing is begun."""
    return any(getattr(state, name) is not None for name in ("should_stop", "should_terminate"))
