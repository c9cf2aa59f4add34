from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "convertr.audit"
    label = "audit"

    def ready(self) -> None:
        """Offer the audit's list and door to the frame."""
        from convertr.audit import registrations

        registrations.register()
