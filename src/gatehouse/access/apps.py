"""Django's registration of this package."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """See the package."""

    name = "gatehouse.access"
