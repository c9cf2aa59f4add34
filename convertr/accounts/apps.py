from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "convertr.accounts"
    label = "accounts"
