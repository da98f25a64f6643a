"""What surrounds every call: the request's id, HEAD, bodies of unknown length, refusals, caching."""

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from gatehouse.hub_api.errors import render
from gatehouse.storage import body
from gatehouse.storage.errors import Refusal

View = Callable[..., HttpResponseBase]

_PRINTABLE = re.compile(r"[\x21-\x7e]{1,200}")
# Bodies that Django reads whole; all others are streamed by the view itself.
READ_WHOLE = frozenset({"", "application/json", "application/x-www-form-urlencoded"})


def exchange(view: View) -> View:
    """Make a view one of the API: it answers HEAD as GET, renders its refusals, names the request, forbids caching.

    Django's own CSRF check does not apply to it: `accounts.requests.actor_of` checks sessions where they count.
    """

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        try:
            _refuse_nul(request)
            _measure_body(request)
            response = _allowed(view(request, *args, **kwargs))
        except Refusal as refusal:
            response = render(refusal)
        response.headers["X-Request-Id"] = request_id(request)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return _without_body(response) if head else response

    return answered


def request_id(request: HttpRequest) -> str:
    """Give the id that the client chose (HUB-API §8a), or a new one."""
    for name in ("X-Request-Id", "X-Amzn-Trace-Id"):
        given = request.headers.get(name, "")
        if _PRINTABLE.fullmatch(given):
            return given
    return uuid4().hex


def _refuse_nul(request: HttpRequest) -> None:
    query = (text for name, values in request.GET.lists() for text in (name, *values))
    if any("\0" in text for text in (request.path, *query)):
        raise Refusal("The address holds a NUL character.")


def _measure_body(request: HttpRequest) -> None:
    """Django takes a body without Content-Length for an empty one: read a chunked one for it."""
    if request.META.get("CONTENT_LENGTH") or not request.META.get("wsgi.input_terminated"):
        return
    if request.content_type in READ_WHOLE:
        data = body.read_all(request.META, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        request.META["CONTENT_LENGTH"] = str(len(data))
        request._stream = BytesIO(data)  # noqa: SLF001 - where Django reads from


def _allowed(response: HttpResponseBase) -> HttpResponseBase:
    if not isinstance(response, HttpResponseNotAllowed):
        return response
    allow = response.headers["Allow"]
    return render(
        Refusal(f"This endpoint takes {allow} only.", status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": allow})
    )


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, StreamingHttpResponse):
        response.close()
        response.streaming_content = iter(())
    elif isinstance(response, HttpResponse):
        length = str(len(response.content))
        response.content = b""
        response.headers["Content-Length"] = length
    return response
