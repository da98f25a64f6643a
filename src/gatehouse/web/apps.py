"""Django's registration of this package."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """See the package."""

    name = "gatehouse.web"
