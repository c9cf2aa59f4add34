from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsWorkflowConfig(AppConfig):
    name = "requests_workflow"
    verbose_name = _("Conversion requests")

    def ready(self) -> None:
        from requests_workflow import registrations

        registrations.register()
