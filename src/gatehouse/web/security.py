"""Security headers of every page, and which forms are read."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from gatehouse.access.refusals import find_case, require_manage
from gatehouse.accounts.actor import Actor
from gatehouse.storage.errors import BodyTooLong, Refusal
from gatehouse.web.pages import person, refusal_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class FormsOfOurOwn(CsrfViewMiddleware):
    """Django's check of where a form comes from; the hub's address, which its own remembers, may change meanwhile."""

    def process_view(  # type: ignore[override]  # the stubs know of one status only
        self, request: HttpRequest, callback: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse what would fill the disk: whoever looks into a form reads all of it, and its files to disk."""
        if request.content_type == "multipart/form-data" and _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            try:
                _require_author(request, **kwargs)
            except Refusal as refusal:
                return refusal_page(request, refusal)
        return super().process_view(request, callback, args, kwargs)

    @property
    def allowed_origins_exact(self) -> set[str]:
        return set(settings.CSRF_TRUSTED_ORIGINS)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _require_author(request: HttpRequest, kind: str = "", namespace: str = "", name: str = "", **_: object) -> None:
    """Refuse all but the authors of the repo that the address names: theirs may be as large as their files."""
    user = person(request)
    if not name:
        raise BodyTooLong
    require_manage(find_case(Actor(user.pk, user.username), kind, f"{namespace}/{name}"))


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
