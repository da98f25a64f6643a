"""Who asks how often, and the refusal of those who ask too often."""

import time
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from gatehouse.accounts.actor import BadCredentials
from gatehouse.accounts.environ import address_of, session_actor, session_key, token_of
from gatehouse.accounts.tokens import live_token
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.rates import Rates

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


def count(what: str, who: str) -> tuple[int, int]:
    """Count that somebody does something; give how often they did in these five minutes, and the seconds left."""
    return _table().count(f"{what} {who}")


def allow(what: str, who: str, *, most: int) -> None:
    """Count it, and refuse whoever does it more often than that."""
    number, left_s = count(what, who)
    if number > most:
        raise TooManyRequests(left_s)


def asker(environ: Mapping[str, Any]) -> str:
    """Name who is counted for a request: the user if the token or the session is good, else the address."""
    now = time.monotonic() // BELIEVED_S
    if "HTTP_AUTHORIZATION" in environ:
        user_id = _bearer(environ["HTTP_AUTHORIZATION"], now)
    elif key := session_key(environ):
        user_id = _visitor(key, now)
    else:
        user_id = None
    return _network(address_of(environ)) if user_id is None else f"user {user_id}"


@lru_cache(maxsize=8192)
def _bearer(header: str, _now: float) -> int | None:
    try:
        drop_stale_connection()
        token = token_of({"HTTP_AUTHORIZATION": header})
        return None if token is None else live_token(token).user_id
    except (BadCredentials, DatabaseError):
        return None


@lru_cache(maxsize=8192)
def _visitor(key: str, _now: float) -> int | None:
    try:
        return session_actor(key).user_id
    except DatabaseError:
        return None


@lru_cache(maxsize=8192)
def _network(address: str) -> str:
    """Give an address, or the /64 network of one of IPv6: whoever has one such address has all of them."""
    if ":" in address:
        try:
            return f"network {ip_address(address).packed[:_NETWORK_OCTETS].hex()}"
        except ValueError:
            pass
    return f"address {address}"
