"""The Celery application: workers run nudges, beat only ticks (design.md, "The one idea")."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")

app = Celery("convertr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def drop_broken_connections(**_: Any) -> None:
    """Let a worker that outlived a database restart reconnect instead of failing for ever."""
    close_old_connections()
