"""Security headers of every page."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class FormsOfOurOwn(CsrfViewMiddleware):
    """Django's check of where a form comes from; the hub's address, which its own remembers, may change meanwhile."""

    @property
    def allowed_origins_exact(self) -> set[str]:
        return set(settings.CSRF_TRUSTED_ORIGINS)


class SecurityHeaders:
    """Puts a strict Content-Security-Policy on answers that do not bring their own, and keeps pages from proxies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # It says who is signed in: no proxy keeps it. Browsers may, and go back to it at once.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response
