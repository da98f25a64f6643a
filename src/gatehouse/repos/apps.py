"""Django's registration of this package."""

from django.apps import AppConfig


class ReposConfig(AppConfig):
    """See the package."""

    name = "gatehouse.repos"
