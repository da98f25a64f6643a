"""Light or dark, as the reader chose in this browser; without a choice as their system has it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from gatehouse.storage.errors import Refusal
from gatehouse.web.pages import page, safe_next

COOKIE = "gatehouse_theme"
YEAR_S = 365 * 24 * 3600
# Theme, icon, name.
THEMES = (("system", "screen", _("As the system")), ("light", "sun", _("Light")), ("dark", "moon", _("Dark")))
NAMES = frozenset(name for name, _icon, _title in THEMES)


def theme_of(request: HttpRequest) -> str:
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in NAMES else "system"


@require_POST
@page
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the browser, so that the server can draw the next page with it at once."""
    theme = request.POST.get("theme")
    if theme not in NAMES:
        raise Refusal(f"theme must be one of {', '.join(name for name, _icon, _title in THEMES)}.")
    response = HttpResponseRedirect(safe_next(request, "/"))
    response.set_cookie(COOKIE, theme, max_age=YEAR_S, secure=settings.SECURE, httponly=True, samesite="Lax")
    return response
