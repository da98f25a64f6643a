"""`POST /oauth/token`: one function for each grant type (RFC 6749, HUB-API §2)."""

from collections.abc import Callable

from django.http import HttpRequest

from gatehouse.access import contributions, publishers
from gatehouse.accounts import device_logins, oauth_apps, oauth_codes, program_logins
from gatehouse.accounts.models import OAuthApp
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.program_logins import Issued
from gatehouse.accounts.requests import client_address
from gatehouse.hub_api.oauth_exchange import Fields, client_of, endpoint, needed
from gatehouse.hub_api.openid import id_token

JOB_TOKEN_TYPES = ("urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt")


def redeem(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for the code with which a browser came back to an app."""
    client_id, secret = client_of(request, fields)
    tokens = oauth_codes.collect(
        oauth_apps.authenticate(client_id, secret) if client_id else None,
        needed(fields, "code"),
        redirect_uri=needed(fields, "redirect_uri"),
        verifier=fields.get("code_verifier", ""),
    )
    scope = tokens.login.scope
    return issued(tokens) | ({"id_token": id_token(tokens.login)} if "openid" in scope.split() else {})


def collect(_request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for a device code that was allowed."""
    return issued(device_logins.collect(needed(fields, "client_id"), needed(fields, "device_code")))


def renew(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for a refresh token."""
    app, refresh_token = _app(request, fields), needed(fields, "refresh_token")
    return issued(program_logins.renew(app, refresh_token, scope=fields.get("scope", "")))


def _app(request: HttpRequest, fields: Fields) -> OAuthApp | None:
    """Find who renews: an app, or None for huggingface_hub, whose id is everybody's."""
    client_id, secret = client_of(request, fields)
    client_id = client_id or needed(fields, "client_id")
    return None if client_id == device_logins.CLIENT_ID else oauth_apps.authenticate(client_id, secret)


def exchange(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give a CI job a token for the one that its provider signed (RFC 8693)."""
    if needed(fields, "subject_token_type") not in JOB_TOKEN_TYPES:
        raise OAuthRefused("invalid_request", f"The subject_token_type is one of {', '.join(JOB_TOKEN_TYPES)}.")
    given = publishers.exchange(needed(fields, "subject_token"), needed(fields, "resource"), client_address(request))
    return {
        "access_token": given.access_token,
        "token_type": "bearer",
        "expires_in": given.expires_in,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }


def issued(tokens: Issued) -> dict[str, object]:
    contributions.remember(tokens)
    return {
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "refresh_token": tokens.refresh_token,
        "scope": tokens.login.scope,
    }


GRANTS: dict[str, Callable[[HttpRequest, Fields], dict[str, object]]] = {
    "authorization_code": redeem,
    "refresh_token": renew,
    "urn:ietf:params:oauth:grant-type:device_code": collect,
    "urn:ietf:params:oauth:grant-type:token-exchange": exchange,
}


@endpoint
def token(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give tokens for one of the things that this hub takes for them."""
    grant = GRANTS.get(needed(fields, "grant_type"))
    if grant is None:
        raise OAuthRefused("unsupported_grant_type", f"This hub takes these grant types here: {', '.join(GRANTS)}.")
    return grant(request, fields)
