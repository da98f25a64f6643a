"""What a CI job shows of itself: a token (JWT) that its provider, the issuer, has signed for this hub (OpenID Connect).

The issuer's keys come from its own addresses, by the guarded way that webhooks go, and are kept for some minutes.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.conf import settings
from jwt import PyJWK, PyJWKSet, PyJWTError

from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.outbox.posting import Undeliverable, check_url, fetch
from gatehouse.storage.errors import Refusal

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
OPTIONS: Any = {"require": ["iss", "aud", "exp", "iat"], "enforce_minimum_key_length": True}
LONGEST_TOKEN = 16_384
LONGEST_ISSUER = 255
LONGEST_DOCUMENT = 64 * 1024  # of keys that is some MB in memory
LEEWAY_S = 60
LONGEST_VALID_S = 7 * 24 * 3600  # it is remembered for so long; that of a job lives as long as the job may
DISCOVERY = "/.well-known/openid-configuration"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
KEPT_S, FAILURE_KEPT_S, LOOKED_AGAIN_S = 300, 30, 30
MOST_KEPT = 100

Claims = dict[str, Any]
# Slow issuers may hold up this many requests, not all of them; and those that one account trusts fewer.
MOST_ASKING, MOST_ASKING_FOR_ONE = 4, 2
_asking: list[int] = []  # for which accounts
# What it takes an account must make good by not asking, that much longer; it may be so many seconds behind.
REST, MOST_BEHIND_S = 10, 60
_behind: dict[int, float] = {}  # until when, by account
_lock = Lock()


class UnknownIssuer(Exception):
    """The issuer's keys could not be had; the text says why."""


class NotSigned(Exception):
    """The issuer has not signed this token."""


@dataclass(frozen=True)
class Keys:
    """What was found at an issuer, or why nothing was, and when."""

    at: float
    keys: PyJWKSet | None
    why: str = ""

    def fresh(self, now: float) -> bool:
        return now < self.at + (KEPT_S if self.keys else FAILURE_KEPT_S)


_known: dict[str, Keys] = {}


def check_issuer(issuer: str) -> None:
    """Refuse what cannot be an issuer: keys that come without TLS could be anybody's, except on this very machine."""
    try:
        parts = check_url(issuer)
    except Undeliverable as error:
        raise Refusal(f"An issuer is an address that begins with https://. {error}") from error
    if not _private_way(issuer):
        raise Refusal("An issuer's address begins with https://.")
    if parts.query or parts.fragment or len(issuer) > LONGEST_ISSUER:
        raise Refusal(f"An issuer's address has no '?' or '#', and at most {LONGEST_ISSUER} characters.")


def _private_way(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def claimed(token: str) -> Claims:
    """Read what a token says, before anybody knows whether it is true; raises OAuthRefused for what never could be."""
    if len(token) > LONGEST_TOKEN:
        raise _invalid(f"The subject_token is longer than {LONGEST_TOKEN} characters.")
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        claims: Claims = jwt.decode(token, options={"verify_signature": False})
    except (PyJWTError, ValueError, RecursionError) as error:
        raise _invalid("The subject_token is no JWT.") from error
    if algorithm not in ALGORITHMS:
        raise _invalid(f"The subject_token is not signed by one of {', '.join(ALGORITHMS)}.")
    if claims.get("aud") not in (settings.PUBLIC_URL, [settings.PUBLIC_URL]):
        raise _invalid(f"The subject_token is not for this hub: its audience (aud) must be {settings.PUBLIC_URL}.")
    if not isinstance(claims.get("exp"), int) or claims["exp"] + LEEWAY_S < time.time():
        raise _invalid("The subject_token has expired: get a new one from your CI.")
    if claims["exp"] > time.time() + LONGEST_VALID_S:
        raise _invalid(f"The subject_token is valid for more than {LONGEST_VALID_S // 86400} days: get a shorter one.")
    return claims


def _invalid(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_grant", sentence)


def verified(token: str, issuer: str, accounts: Sequence[int]) -> Claims:
    """Give the claims of a token that `issuer` has signed for this hub; raises UnknownIssuer, NotSigned.

    `accounts` are users who trust the issuer. One of them answers for how long it takes.
    """
    key = _key(issuer, jwt.get_unverified_header(token).get("kid"), accounts)
    expected: dict[str, Any] = {"audience": settings.PUBLIC_URL, "issuer": issuer, "leeway": LEEWAY_S}
    try:
        return jwt.decode(token, key, ALGORITHMS, options=OPTIONS, **expected)
    except (PyJWTError, ValueError, TypeError) as error:
        raise NotSigned(str(error)) from error


def _key(issuer: str, kid: object, accounts: Sequence[int]) -> PyJWK:
    found = _keys(issuer, accounts)
    key = _named(found, kid)
    if key is None and found.at + LOOKED_AGAIN_S < time.monotonic():  # the issuer may have a new one
        key = _named(_look_up(issuer, accounts), kid)
    if key is None:
        raise NotSigned("The issuer has no such key.")
    return key


def _named(found: Keys, kid: object) -> PyJWK | None:
    keys = found.keys.keys if found.keys else []
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.key_id == kid), None)


def _keys(issuer: str, accounts: Sequence[int]) -> Keys:
    known = _known.get(issuer)
    found = known if known and known.fresh(time.monotonic()) else _look_up(issuer, accounts)
    if found.keys is None:
        raise UnknownIssuer(found.why)
    return found


def _look_up(issuer: str, accounts: Sequence[int]) -> Keys:
    with _in_line(accounts):
        try:
            found = Keys(time.monotonic(), _fetched(issuer))
        except (Undeliverable, PyJWTError, ValueError, TypeError, LookupError, RecursionError) as error:
            found = Keys(time.monotonic(), None, f"{error or type(error).__name__}"[:300])
    if len(_known) >= MOST_KEPT:
        _known.clear()
    _known[issuer] = found
    return found


@contextmanager
def _in_line(accounts: Sequence[int]) -> Iterator[None]:
    with _lock:
        account = next(filter(_may_ask, accounts), None)
        if len(_asking) >= MOST_ASKING or account is None:
            raise UnknownIssuer("This hub is asking too many issuers at this moment. Try again.")
        _asking.append(account)
    began = time.monotonic()
    try:
        yield
    finally:
        with _lock:
            _asking.remove(account)
            now = time.monotonic()
            _behind[account] = max(_behind.get(account, 0), now) + REST * (now - began)
            for rested in [each for each, until in _behind.items() if until < now]:
                del _behind[rested]


def _may_ask(account: int) -> bool:
    behind = _behind.get(account, 0) - time.monotonic()
    return _asking.count(account) < MOST_ASKING_FOR_ONE and behind < MOST_BEHIND_S


def _fetched(issuer: str) -> PyJWKSet:
    about = json.loads(fetch(issuer.rstrip("/") + DISCOVERY, most=LONGEST_DOCUMENT))
    if about["issuer"] != issuer:
        raise ValueError(f"{issuer} calls itself {about['issuer']!r}.")
    address = about["jwks_uri"]
    if not isinstance(address, str) or not _private_way(address):
        raise ValueError(f"The keys of {issuer} are at no https:// address.")
    return PyJWKSet.from_dict(json.loads(fetch(address, most=LONGEST_DOCUMENT)))


def forget() -> None:
    """Forget all keys: for tests, whose issuers come and go."""
    _known.clear()
    _behind.clear()
