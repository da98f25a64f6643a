"""`hf auth login` without a token: `POST /oauth/device` and `POST /oauth/token` (RFC 8628, HUB-API §2)."""

import re
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from gatehouse.accounts import device_logins
from gatehouse.accounts.device_logins import LoginRefused
from gatehouse.accounts.requests import client_address
from gatehouse.hub_api.errors import render
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.json_text import read_object
from gatehouse.storage.errors import Refusal

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_HUB = re.compile(r"\bhf_hub/([\w.+-]{1,30})", re.ASCII)
_PRODUCT = re.compile(r"[\w.+/-]{1,60}", re.ASCII)

Fields = dict[str, str]


def endpoint(answer: Callable[[HttpRequest, Fields], dict[str, object]]) -> Callable[[HttpRequest], HttpResponse]:
    """Make an endpoint of OAuth: a form or JSON comes in, and errors have two fields."""

    @require_POST
    @wraps(answer)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            response: HttpResponse = JsonResponse(answer(request, _fields(request)))
        except LoginRefused as refusal:
            response = render(refusal)
            response.content = JsonResponse({"error": refusal.error, "error_description": refusal.message}).content
        response.headers["Cache-Control"] = "no-store"
        return response

    return exchange(answered)  # type: ignore[return-value]


def _fields(request: HttpRequest) -> Fields:
    try:
        given = read_object(request.body) if request.content_type == "application/json" else request.POST.dict()
    except Refusal as refusal:
        raise LoginRefused("invalid_request", refusal.message) from refusal
    return {name: value for name, value in given.items() if isinstance(value, str) and "\0" not in value}


def _needed(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise LoginRefused("invalid_request", f"The field {name} is missing.")
    return fields[name]


@endpoint
def device(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give a program the codes with which it and its user begin."""
    begun = device_logins.begin(
        _needed(fields, "client_id"),
        scope=fields.get("scope", ""),
        program=program_of(request.headers.get("User-Agent", "")),
        address=client_address(request),
    )
    page, code = f"{settings.PUBLIC_URL}/oauth/device", f"{begun.user_code[:4]}-{begun.user_code[4:]}"
    return {
        "device_code": begun.device_code,
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={code}",
        "expires_in": int(device_logins.CODE_VALID.total_seconds()),
        "interval": device_logins.INTERVAL_S,
    }


def program_of(user_agent: str) -> str:
    """Give the name that a program calls itself by: that of its client_id, and what its requests say besides."""
    if found := _HUB.search(user_agent):
        return f"huggingface_hub {found[1]}"
    found = _PRODUCT.search(user_agent)
    return f"huggingface_hub ({found[0].replace('/', ' ', 1)})" if found else "huggingface_hub"


@endpoint
def token(_request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for a device code that was allowed, or for a refresh token."""
    grant = _needed(fields, "grant_type")
    if grant == DEVICE_CODE_GRANT:
        issued = device_logins.collect(_needed(fields, "client_id"), _needed(fields, "device_code"))
    elif grant == "refresh_token":
        issued = device_logins.renew(_needed(fields, "client_id"), _needed(fields, "refresh_token"))
    else:
        raise LoginRefused("unsupported_grant_type", "This hub takes device codes and refresh tokens here.")
    return {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
    }
