"""Refusals as the Hub's answers: `{"error": …}`, X-Error-Code, X-Error-Message (HUB-API §1, §1.1)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pygit2 import GitError

from gatehouse.access.errors import WrongAnswers
from gatehouse.hub_api.callers_address import at_callers_address
from gatehouse.repos.repositories import RepoExists
from gatehouse.storage import damage
from gatehouse.storage.errors import BodyTooLong, BodyTooShort, Refusal
from gatehouse.storage.lean_door import header_text

MOST_SENTENCES = 10
_TEXTS = {
    "extra_forbidden": "Unrecognized key",
    "missing": "Required",
    "string_too_long": "Too big: expected string to have <={max_length} characters",
    "string_too_short": "Too small: expected string to have >={min_length} characters",
    "too_long": "Too big: expected array to have <={max_length} items",
    "too_short": "Too small: expected array to have >={min_length} items",
    "less_than_equal": "Too big: expected number to be <={le}",
    "greater_than_equal": "Too small: expected number to be >={ge}",
    "value_error": "{error}",
}
_LITERALS = re.compile(r"'[^']*'|\bTrue\b|\bFalse\b")


class NoSuchEndpoint(Refusal):
    """A path below /api that means nothing here."""

    status = 404
    code = "EndpointNotFound"
    message = "This hub has no such endpoint."


class NotOffered(Refusal):
    """Something that the Hub has and this hub does not."""

    status = 501
    code = "NotOffered"


class InvalidInput(Refusal):
    """What a client sent does not fit; the text reads like the Hub's own: `* what * at where`."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"* {what}" + (f" * at {where}" if where else ""))


def render(refusal: Refusal) -> HttpResponse:
    """Make the answer of a refusal: JSON for programs, the same sentence in a header for clients that show it."""
    body: dict[str, object] = {"error": refusal.message}
    if isinstance(refusal, RepoExists):
        body["url"] = refusal.url
    if isinstance(refusal, WrongAnswers):
        body["errors"] = refusal.errors
    response = JsonResponse(body, status=refusal.status)
    response.headers["X-Error-Message"] = header_text(refusal.message)
    if refusal.code:
        response.headers["X-Error-Code"] = refusal.code
    for name, value in refusal.headers.items():
        response.headers[name] = value
    return response


def add_handlers(api: NinjaAPI) -> None:
    """Let every error of the API go through `render`."""
    for kind in (Refusal, GitError, ValidationError, HttpError, Http404, SuspiciousOperation, UnreadablePostError):
        api.add_exception_handler(kind, _handle)


def _handle(request: HttpRequest, error: Any) -> HttpResponse:
    known = isinstance(error, Refusal | GitError)
    refusal = damage.refusal_of(error, request.path) if known else refusal_of(error)
    if isinstance(refusal, RepoExists):
        refusal.url = at_callers_address(request, refusal.url)
    return render(refusal)


def refusal_of(error: Exception) -> Refusal:
    """Translate the errors of Django and ninja that mean bad input."""
    match error:
        case ValidationError():
            return Refusal(" ".join(sentence(each, _place(each)) for each in error.errors[:MOST_SENTENCES]))
        case RequestDataTooBig():
            return BodyTooLong()
        case UnreadablePostError():
            return BodyTooShort()
        case HttpError():
            cause = error.__cause__
            return cause if isinstance(cause, Refusal) else Refusal(error.message, status=error.status_code)
        case Http404():
            return NoSuchEndpoint()
        case DisallowedHost():
            return Refusal(f"This hub does not answer at this address, but at {settings.PUBLIC_URL}.")
    return Refusal("The request is malformed.")


def sentence(error: Mapping[str, Any], where: Iterable[object]) -> str:
    """Tell one of pydantic's errors as the Hub would."""
    return InvalidInput(_what(error), ".".join(map(str, where))).message


def _place(error: Mapping[str, Any]) -> tuple[object, ...]:
    """Give the path to what is wrong; in a body its first part is the name of our own parameter."""
    source, *where = error["loc"]
    return tuple(where[1:] if source == "body" else where)


def _what(error: Mapping[str, Any]) -> str:
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return f"Invalid option: expected one of {_options(str(limits['expected']))}"
    return _TEXTS.get(kind, "Invalid input: {msg}").format(msg=error["msg"], **limits)


def _options(expected: str) -> str:
    found = (text.replace("'", '"') if text.startswith("'") else text.lower() for text in _LITERALS.findall(expected))
    return "|".join(found)
