from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "convertr.ui"
    label = "ui"
