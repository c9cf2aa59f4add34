from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "batches"

    def ready(self) -> None:
        """Offer this app's integrations, pages and texts to leads and to the ground."""
        from batches import registrations

        registrations.register()
