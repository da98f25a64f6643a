"""What surrounds the calls of OAuth: a form or JSON comes in, and errors have two fields."""

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.hub_api.cors import open_to_pages
from gatehouse.hub_api.errors import render
from gatehouse.hub_api.exchange import View, exchange
from gatehouse.hub_api.json_text import read_object
from gatehouse.storage.errors import Refusal

Fields = dict[str, str]


def endpoint(answer: Callable[[HttpRequest, Fields], dict[str, object]]) -> View:
    """Make an endpoint to which a form or JSON is posted."""

    @open_to_pages
    @exchange
    @require_POST
    @wraps(answer)
    def answered(request: HttpRequest) -> HttpResponse:
        return answer_or_refuse(lambda: JsonResponse(answer(request, _fields(request))))

    return answered


def answer_or_refuse(answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Word the refusals of OAuth as it does; what is answered is for one program and kept by nobody."""
    try:
        response = answer()
    except OAuthRefused as refusal:
        response = render(refusal)
        response.content = JsonResponse({"error": refusal.error, "error_description": refusal.message}).content
        if refusal.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Basic"
    response.headers["Cache-Control"] = "no-store"
    return response


def _fields(request: HttpRequest) -> Fields:
    given = body_of(request) if request.content_type == "application/json" else request.POST.dict()
    return {name: value for name, value in given.items() if isinstance(value, str) and "\0" not in value}


def body_of(request: HttpRequest) -> dict[str, object]:
    try:
        return read_object(request.body)
    except Refusal as refusal:
        raise OAuthRefused("invalid_request", refusal.message) from refusal


def needed(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise OAuthRefused("invalid_request", f"The field {name} is missing.")
    return fields[name]


def client_of(request: HttpRequest, fields: Fields) -> tuple[str, str]:
    """Give the id and the secret that a program sends: as the user and password of Basic, or as fields."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith("basic "):
        return fields.get("client_id", ""), fields.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(header[6:].strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise OAuthRefused("invalid_request", "The Authorization header cannot be read.") from error
    name, secret = unquote_plus(name), unquote_plus(secret)  # RFC 6749 §2.3.1
    if "client_secret" in fields or fields.get("client_id", name) != name or "\0" in name:
        raise OAuthRefused("invalid_request", "The program says twice who it is.")
    return name, secret
