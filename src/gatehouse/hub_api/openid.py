"""OpenID Connect: who a person is, told to the apps they let in."""

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from gatehouse.accounts import signing_key
from gatehouse.accounts.actor import BadCredentials, token_in
from gatehouse.accounts.models import AccessToken, Membership, ProgramLogin, User
from gatehouse.accounts.tokens import live_token
from gatehouse.hub_api.avatars import avatar_url
from gatehouse.hub_api.cors import open_to_pages
from gatehouse.hub_api.errors import render
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.people import organizations_of

ID_TOKEN_VALID_S = 15 * 60
EVERYTHING = "openid profile email"


def claims_of(user: User, scope: str) -> dict[str, object]:
    """Tell who somebody is, as far as the scope goes."""
    asked = scope.split()
    claims: dict[str, object] = {"sub": user.public_id}
    if "profile" in asked:
        claims |= _profile(user)
    if "email" in asked:
        claims |= {"email": user.email, "email_verified": True}
    return claims


def _profile(user: User) -> dict[str, object]:
    return {
        "name": user.fullname or user.username,
        "preferred_username": user.username,
        "profile": f"{settings.PUBLIC_URL}/{user.username}",
        "picture": avatar_url(user.username),
        "isPro": False,
        "orgs": [_organization(membership) for membership in organizations_of(user)],
    }


def _organization(membership: Membership) -> dict[str, object]:
    name = membership.organization.namespace.name
    return {
        "sub": membership.organization.public_id,
        "name": membership.organization.fullname or name,
        "preferred_username": name,
        "picture": avatar_url(name),
        "roleInOrg": membership.role,
    }


def id_token(login: ProgramLogin) -> str:
    """Sign what an app is told of the person who let it in, for this app alone."""
    if login.user is None or login.app is None:
        raise ValueError(login)
    now = int(time.time())
    claims = claims_of(login.user, login.scope)
    claims |= {"iss": settings.PUBLIC_URL, "aud": login.app.client_id, "iat": now, "exp": now + ID_TOKEN_VALID_S}
    if login.nonce:
        claims["nonce"] = login.nonce
    if login.signed_in_at:
        claims["auth_time"] = int(login.signed_in_at.timestamp())
    return signing_key.sign(claims)


@open_to_pages
@exchange
@require_http_methods(["GET", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """Tell an app who let it in. A session does not count: a token is what the person gave."""
    try:
        row = live_token(token_in(request.headers.get("Authorization", "")) or "")
    except BadCredentials as refusal:
        response = render(refusal)
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return response
    return JsonResponse({"isPro": False, "orgs": []} | claims_of(row.user, _scope_of(row)))


def _scope_of(row: AccessToken) -> str:
    """Give what the bearer may know: a program what it asked for, a person's own token all, a job's token nothing."""
    if row.publisher_id:
        return ""
    return (row.login.scope if row.login else "") or EVERYTHING
