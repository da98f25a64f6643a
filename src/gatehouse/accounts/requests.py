"""From a Django request to the actor behind it."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from gatehouse.accounts.actor import ANONYMOUS, Actor
from gatehouse.accounts.environ import address_of
from gatehouse.accounts.models import User
from gatehouse.accounts.tokens import actor_from_header
from gatehouse.storage.errors import Refusal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgedRequest(Refusal):
    """A browser session asks for a change without the page's CSRF token."""

    status = 403
    message = "This request carries no valid CSRF token: send it from the page, or use an access token."


def actor_of(request: HttpRequest) -> Actor:
    """Give the bearer of the request's token, else the person of its session, else nobody.

    Raises BadCredentials, and ForgedRequest for an unsafe method by session without CSRF token: doors that take
    tokens are exempt from Django's own check.
    """
    actor = actor_from_header(request.headers.get("Authorization", ""))
    if actor is not None:
        return actor
    if not isinstance(request.user, User):
        return ANONYMOUS
    if request.method not in SAFE_METHODS and not getattr(request, "csrf_processing_done", False):
        _check_csrf(request)
    return Actor(request.user.pk, request.user.username)


def _check_csrf(request: HttpRequest) -> None:
    check = CsrfViewMiddleware(lambda _request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, _nothing, (), {}) is not None:
        raise ForgedRequest


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def client_address(request: HttpRequest) -> str:
    return address_of(request.META)
