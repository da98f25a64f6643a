"""Which language a page speaks: the person's own choice, else this browser's choice, else what the browser asks for."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.views.decorators.http import require_POST

from gatehouse.accounts.models import User
from gatehouse.web.pages import page, safe_next

YEAR_S = 365 * 24 * 3600
# What programs speak is English whatever their users read: clients compare some of it.
PROTOCOLS = ("/api/", "/oauth/token")


class Languages(LocaleMiddleware):
    """Sets the language of one request; stands after authentication, for a person's choice follows them everywhere."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith(PROTOCOLS):
            translation.activate(settings.LANGUAGE_CODE)
            return
        user: object = request.user
        chosen = user.language if isinstance(user, User) else ""
        language = chosen or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]


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
