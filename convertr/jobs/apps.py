from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "convertr.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Offer the jobs page and the bell's text to the frame."""
        from convertr.jobs import registrations

        registrations.register()
