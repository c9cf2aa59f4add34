from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "convertr.network"
    label = "network"
