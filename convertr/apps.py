from django.apps import AppConfig


class ConvertrConfig(AppConfig):
    """The composition root: commands and pages that belong to no single app."""

    name = "convertr"
    label = "convertr"

    def ready(self) -> None:
        from convertr import home

        home.register()
