from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "convertr.jobs"
    label = "jobs"
