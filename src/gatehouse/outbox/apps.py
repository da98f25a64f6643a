"""Django's registration of this package."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """See the package."""

    name = "gatehouse.outbox"
