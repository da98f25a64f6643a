"""The API for scripts of other sites (CORS): an app that people sign in to may be nothing but a page.

Browsers send them no cookie of this hub, for `Allow-Credentials` is not said: they read what is open to everybody, and
what a token opens that they have themselves.
"""

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from gatehouse.hub_api.exchange import View
from gatehouse.hub_api.resolve import EXPOSED

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Max-Age": "86400",
}


def open_to_pages(view: View) -> View:
    """Let the scripts of other sites call an endpoint."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked_before = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if asked_before:
            response: HttpResponseBase = HttpResponse(status=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
        else:
            response = view(request, *args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response

    return answered
