"""What every page's template knows."""

from django.conf import settings
from django.http import HttpRequest

from gatehouse.web.themes import THEMES, theme_of


def hub(request: HttpRequest) -> dict[str, object]:
    return {
        "hub_name": settings.HUB_NAME,
        "hub_url": settings.PUBLIC_URL,
        "signup": settings.SIGNUP,
        "theme": theme_of(request),
        "themes": THEMES,
    }
