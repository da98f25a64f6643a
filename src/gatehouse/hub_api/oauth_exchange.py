"""What surrounds the calls of OAuth: a form or JSON comes in, and errors have two fields."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.hub_api.errors import render
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.json_text import read_object
from gatehouse.storage.errors import Refusal

Fields = dict[str, str]


def endpoint(answer: Callable[[HttpRequest, Fields], dict[str, object]]) -> Callable[[HttpRequest], HttpResponse]:
    """Make an endpoint of OAuth: a form or JSON comes in, and errors have two fields."""

    @require_POST
    @wraps(answer)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            response: HttpResponse = JsonResponse(answer(request, _fields(request)))
        except OAuthRefused as refusal:
            response = render(refusal)
            response.content = JsonResponse({"error": refusal.error, "error_description": refusal.message}).content
        response.headers["Cache-Control"] = "no-store"
        return response

    return exchange(answered)  # type: ignore[return-value]


def _fields(request: HttpRequest) -> Fields:
    try:
        given = read_object(request.body) if request.content_type == "application/json" else request.POST.dict()
    except Refusal as refusal:
        raise OAuthRefused("invalid_request", refusal.message) from refusal
    return {name: value for name, value in given.items() if isinstance(value, str) and "\0" not in value}


def needed(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise OAuthRefused("invalid_request", f"The field {name} is missing.")
    return fields[name]
