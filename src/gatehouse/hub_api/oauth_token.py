"""`POST /oauth/token`: one function for each grant type (RFC 6749, HUB-API §2)."""

from collections.abc import Callable

from django.http import HttpRequest

from gatehouse.accounts import device_logins
from gatehouse.accounts.device_logins import Issued
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.hub_api.oauth_exchange import Fields, endpoint, needed


def collect(_request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for a device code that was allowed."""
    return issued(device_logins.collect(needed(fields, "client_id"), needed(fields, "device_code")))


def renew(_request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for a refresh token."""
    return issued(device_logins.renew(needed(fields, "client_id"), needed(fields, "refresh_token")))


def issued(tokens: Issued) -> dict[str, object]:
    return {
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "refresh_token": tokens.refresh_token,
    }


GRANTS: dict[str, Callable[[HttpRequest, Fields], dict[str, object]]] = {
    "urn:ietf:params:oauth:grant-type:device_code": collect,
    "refresh_token": renew,
}


@endpoint
def token(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for one of the things that this hub takes for them."""
    grant = GRANTS.get(needed(fields, "grant_type"))
    if grant is None:
        raise OAuthRefused("unsupported_grant_type", f"This hub takes these grant types here: {', '.join(GRANTS)}.")
    return grant(request, fields)
