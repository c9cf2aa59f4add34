from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "convertr.network"
    label = "network"

    def ready(self) -> None:
        """Offer the lists and doors of parties to the frame."""
        from convertr.network import registrations

        registrations.register()
