"""Which language a page speaks: the person's own choice, else this browser's choice, else what the browser asks for."""

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from gatehouse.accounts.models import User
from gatehouse.web.pages import page, safe_next

YEAR_S = 365 * 24 * 3600
# What programs speak is English whatever their users read: clients compare some of it.
PROTOCOLS = ("/api/", "/oauth/token", "/oauth/userinfo", "/oauth/jwks", "/oauth/register", "/.well-known/")


class Languages:
    """Sets the language of one request; stands after authentication, for a person's choice follows them everywhere.

    It ends with the request: the lean doors, which may answer the next one in this thread, speak English.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROTOCOLS):
            return self.get_response(request)
        with translation.override(_language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _language_of(request: HttpRequest) -> str:
    user: object = request.user
    chosen = user.language if isinstance(user, User) else ""
    return chosen or translation.get_language_from_request(request)


class LanguageForm(forms.Form):
    """One of the languages this hub speaks."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


@require_POST
@page
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the browser, and for somebody with an account there too: their letters follow it."""
    response = HttpResponseRedirect(safe_next(request, "/"))
    form = LanguageForm(request.POST)
    if form.is_valid():
        language = form.cleaned_data["language"]
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR_S,
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
