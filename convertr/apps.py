from django.apps import AppConfig

# Tasks belong to this Celery in every process that loads Django; `up`, which doesn't, is spared.
from convertr.celery import app as celery_app

__all__ = ["ConvertrConfig", "celery_app"]


class ConvertrConfig(AppConfig):
    """The composition root: commands and pages that belong to no single app."""

    name = "convertr"
    label = "convertr"

    def ready(self) -> None:
        from convertr import home

        home.register()
