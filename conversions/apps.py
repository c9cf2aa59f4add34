from django.apps import AppConfig


class ConversionsConfig(AppConfig):
    name = "conversions"

    def ready(self) -> None:
        """Offer this app's kinds of job, navigation and texts to the ground."""
        from conversions import registrations

        registrations.register()
