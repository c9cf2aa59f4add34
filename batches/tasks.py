"""Celery's entry points; safe to run twice, late or never."""

from celery import shared_task

from batches import ticking, working
from batches.realtime import calling
from convertr import stopping


@shared_task(name="batches.tick")
def tick() -> None:
    ticking.tick()


@shared_task(name="batches.work")
def work() -> None:
    working.work(should_stop=stopping.asked)


@shared_task(name="batches.call")
def call() -> None:
    calling.run(should_stop=stopping.asked)
