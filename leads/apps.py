from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        """Offer this app's kinds of job, navigation and texts to the ground."""
        from leads import registrations

        registrations.register()
