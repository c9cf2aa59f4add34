from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "convertr.audit"
    label = "audit"
