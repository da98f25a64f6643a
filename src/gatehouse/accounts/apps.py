"""Django's registration of this package."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See the package."""

    name = "gatehouse.accounts"
