"""From a WSGI environ to the one who asks, for the doors that answer before Django's middleware."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from gatehouse.accounts.actor import ANONYMOUS, Actor, token_in
from gatehouse.accounts.models import User
from gatehouse.storage.database import drop_stale_connection

LONGEST_ADDRESS = 45  # of IPv6 with IPv4 inside; columns hold as much


def token_of(environ: Mapping[str, Any]) -> str | None:
    """Give the token of the Authorization header, None without one; raises BadCredentials for an odd header."""
    return token_in(environ.get("HTTP_AUTHORIZATION", ""))


def session_key(environ: Mapping[str, Any]) -> str:
    """Give the key of the browser session, empty without one."""
    return str(parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME, ""))


def session_actor(key: str) -> Actor:
    """Give the person of the browser session; only for safe methods, since nothing here checks for forgery."""
    if not key:
        return ANONYMOUS
    drop_stale_connection()
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return Actor(user.pk, user.username) if isinstance(user, User) else ANONYMOUS


def address_of(environ: Mapping[str, Any]) -> str:
    """Give the IP address of the caller, believing as many proxies as the operator said there are."""
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        chain = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= proxies:
            return str(chain[-proxies])[:LONGEST_ADDRESS]  # a proxy hands on whatever it is told
    return str(environ.get("REMOTE_ADDR", ""))
