from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "convertr.ui"
    label = "ui"

    def ready(self) -> None:
        from convertr.ui import registrations

        registrations.register()
