"""Who asks how often, and the refusal of those who ask too often."""

import time
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from gatehouse.accounts.actor import BadCredentials
from gatehouse.accounts.environ import address_of, session_actor, session_key, token_of
from gatehouse.accounts.tokens import live_token
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.rates import Counter, Rates

# For so long it is believed whose a token or a session is: for counting, not for the gate.
BELIEVED_S = 60
_NETWORK_OCTETS = 8


class TooManyRequests(Refusal):
    """Somebody asks more often than the operator allows."""

    status = 429
    code = "TooManyRequests"

    def __init__(self, wait_s: int) -> None:
        sentence = f"Too many requests in five minutes. Try again in {wait_s} seconds."
        super().__init__(sentence, headers={"Retry-After": str(wait_s)})


@lru_cache(maxsize=1)
def _table() -> Rates:
    return Rates(Path(settings.DATA) / "rates")


@lru_cache(maxsize=8192)
def _counter(what: str, who: str) -> Counter:
    return _table().counter(f"{what} {who}")


def forget() -> None:
    """Give up what this process remembers of the table and of who is who: for tests, whose data folders change."""
    for remembered in (_table, _counter, _bearer, _visitor):
        remembered.cache_clear()


def allow(what: str, user_id: int, *, most: int) -> None:
    """Count that a user does something, and refuse it if they do it more often than that in five minutes."""
    number, left_s = _counter(what, f"user {user_id}").hit()
    if number > most:
        raise TooManyRequests(left_s)


def allow_from(what: str, address: str, *, most: int) -> None:
    """As `allow`, for somebody of whom nothing is known but their address."""
    number, left_s = _counter(what, _network(address)).hit()
    if number > most:
        raise TooManyRequests(left_s)


def counter_for(what: str, environ: Mapping[str, Any]) -> Counter:
    """Give the counter of a request: of the user if the token or the session is good, else of the address."""
    now, found = time.monotonic() // BELIEVED_S, None
    if "HTTP_AUTHORIZATION" in environ:
        found = _bearer(what, environ["HTTP_AUTHORIZATION"], now)
    elif key := session_key(environ):
        found = _visitor(what, key, now)
    return _counter(what, _network(address_of(environ))) if found is None else found


@lru_cache(maxsize=8192)
def _bearer(what: str, header: str, _now: float) -> Counter | None:
    try:
        drop_stale_connection()
        token = token_of({"HTTP_AUTHORIZATION": header})
        return None if token is None else _counter(what, f"user {live_token(token).user_id}")
    except (BadCredentials, DatabaseError):
        return None


@lru_cache(maxsize=8192)
def _visitor(what: str, key: str, _now: float) -> Counter | None:
    try:
        actor = session_actor(key)
    except DatabaseError:
        return None
    return None if actor.anonymous else _counter(what, f"user {actor.user_id}")


@lru_cache(maxsize=8192)
def _network(address: str) -> str:
    """Give an address, or the /64 network of one of IPv6: whoever has one such address has all of them."""
    if ":" in address:
        try:
            found = IPv6Address(address)
        except ValueError:
            pass
        else:
            if found.ipv4_mapped:  # how a socket for both families names one of IPv4
                return f"address {found.ipv4_mapped}"
            return f"network {found.packed[:_NETWORK_OCTETS].hex()}"
    return f"address {address}"
