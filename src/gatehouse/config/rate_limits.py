"""How often somebody may ask: three buckets of requests, each counted before anything is done (docs/limits.md)."""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.template.loader import render_to_string
from django.utils import translation

from gatehouse.accounts import rates
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Environ, refusal_headers, refuse
from gatehouse.storage.rates import WINDOW_S
from gatehouse.storage.serve import Answer
from gatehouse.web.security import POLICY

Start = Callable[..., Any]
# Files of the pages themselves, and a question that monitors ask.
NOT_COUNTED = ("/static/", "/favicon.ico", "/healthz")
API = ("/api/", "/oauth/")
PAGES = frozenset({"/oauth/authorize", "/oauth/device/decide"})


def admit(bucket: str, environ: Environ, start_response: Start) -> tuple[Start, Refusal | None]:
    """Count a request; give how its answer begins, which says how many are left, and the refusal if none were."""
    most: int = settings.RATE_LIMITS[bucket]
    if most == 0:
        return start_response, None
    number, left_s = rates.counter_for(bucket, environ).hit()

    def start(status: str, headers: list[tuple[str, str]]) -> Any:
        left = f'"{bucket}";r={max(most - number, 0)};t={left_s}'
        headers += (("RateLimit", left), _policy(bucket, most))
        return start_response(status, headers)

    return start, rates.TooManyRequests(left_s) if number > most else None


@lru_cache
def _policy(bucket: str, most: int) -> tuple[str, str]:
    return "RateLimit-Policy", f'"fixed window";"{bucket}";q={most};w={WINDOW_S}'


def counted_pages(
    environ: dict[str, Any], start_response: Start, pages: Callable[[dict[str, Any], Start], Iterable[bytes]]
) -> Iterable[bytes]:
    """Count what Django answers: calls of the API, and pages."""
    path: str = environ["PATH_INFO"]
    if path.startswith(NOT_COUNTED):
        return pages(environ, start_response)
    program = "HTTP_AUTHORIZATION" in environ or (path.startswith(API) and not _is_page(environ))
    start, refusal = admit("api" if program else "pages", environ, start_response)
    if refusal:
        return refuse(partial(_in_json if program else _as_page, environ), environ, refusal, start)
    return pages(environ, start)


def _is_page(environ: dict[str, Any]) -> bool:
    """Whether a person's browser asks, where otherwise programs do: the address of one page is both."""
    path = environ["PATH_INFO"]
    return path in PAGES or (path == "/oauth/device" and environ["REQUEST_METHOD"] != "POST")


def _in_json(environ: Environ, refusal: Refusal) -> Answer:
    """Word a refusal for programs; who waits for a sign-in would give up at an error that OAuth has no word for."""
    told = {"error": refusal.message}
    if environ["PATH_INFO"] == "/oauth/token":
        told = {"error": "slow_down", "error_description": refusal.message}
    return _answer(refusal, "application/json", json.dumps(told))


def _as_page(environ: dict[str, Any], refusal: Refusal) -> Answer:
    request = WSGIRequest(environ)
    with translation.override(translation.get_language_from_request(request)):
        answer = _answer(refusal, "text/html; charset=utf-8", render_to_string("too_many.html"))
    answer.headers.append(("Content-Security-Policy", POLICY))
    return answer


def _answer(refusal: Refusal, content_type: str, text: str) -> Answer:
    body = text.encode()
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *refusal_headers(refusal),
    ]
    return Answer(HTTPStatus.TOO_MANY_REQUESTS, headers, [body])
