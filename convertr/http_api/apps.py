from django.apps import AppConfig


class HttpApiConfig(AppConfig):
    name = "convertr.http_api"
    label = "http_api"

    def ready(self) -> None:
        """Offer the page "API" to the frame."""
        from convertr.http_api import registrations

        registrations.register()
