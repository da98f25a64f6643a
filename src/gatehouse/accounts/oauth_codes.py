"""Letting an app in by redirect: what it asks, the code for it, and the tokens for that (RFC 6749 §4.1, RFC 9700)."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gatehouse.accounts import oauth_apps, redirect_uris
from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import OAuthApp, ProgramLogin, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.program_logins import Issued, Status, end, invalid, issue_or_end, known_scope

CODE_VALID = timedelta(minutes=5)
DEFAULT_SCOPE = "openid profile"
MOST_LOGINS = 20  # of one person by one app
_CHALLENGE, _VERIFIER = re.compile(r"[A-Za-z0-9_-]{43}"), re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LONGEST = {"state": 2000, "nonce": 255}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks a person for, and where it waits for the answer."""

    app: OAuthApp
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    code_challenge: str

    def answer(self, **fields: str) -> str:
        return _answer(self.redirect_uri, self.state, **fields)


class AnsweredRefusal(OAuthRefused):
    """A wish that cannot be granted, of an app that is known: `back` tells it so."""

    def __init__(self, error: str, message: str, back: str) -> None:
        super().__init__(error, message)
        self.back = back


def _answer(redirect_uri: str, state: str, **fields: str) -> str:
    """Give the address of the answer. It names this hub, so that no app takes it for another one's (RFC 9207)."""
    told = fields | ({"state": state} if state else {}) | {"iss": settings.PUBLIC_URL}
    return redirect_uris.with_answer(redirect_uri, told)


def read_wish(query: Mapping[str, Sequence[str]]) -> Wish:
    """Read what an app asks; raises OAuthRefused, and AnsweredRefusal once it is known whom to tell."""
    fields = {name: values[-1] for name, values in query.items()}
    app = oauth_apps.find(fields.get("client_id", ""))
    redirect_uri = fields.get("redirect_uri", "")
    if not redirect_uris.is_named(redirect_uri, app.redirect_uris.split("\n")):
        sentence = f"The app {app.name!r} has not registered the redirect URI {redirect_uri[:200]!r}."
        raise OAuthRefused("invalid_request", sentence)
    try:
        return _read(app, redirect_uri, query, fields)
    except OAuthRefused as refusal:
        state = fields.get("state", "")[: _LONGEST["state"]]
        back = _answer(redirect_uri, state, error=refusal.error, error_description=refusal.message)
        raise AnsweredRefusal(refusal.error, refusal.message, back) from refusal


def _read(app: OAuthApp, redirect_uri: str, query: Mapping[str, Sequence[str]], fields: dict[str, str]) -> Wish:
    if twice := [name for name, values in query.items() if len(values) > 1]:
        raise OAuthRefused("invalid_request", f"The field {twice[0][:100]!r} comes more than once.")
    if fields.get("response_type") != "code":
        raise OAuthRefused("unsupported_response_type", "This hub knows one response_type: code.")
    if fields.get("response_mode", "query") != "query":
        raise OAuthRefused("invalid_request", "This hub knows one response_mode: query.")
    if "request" in fields or "request_uri" in fields:
        raise OAuthRefused("request_not_supported", "This hub reads no request objects.")
    if "none" in fields.get("prompt", "").split():
        raise OAuthRefused("interaction_required", "This hub asks the person each time.")
    if long := [name for name, most in _LONGEST.items() if len(fields.get(name, "")) > most]:
        raise OAuthRefused("invalid_request", f"The field {long[0]} is too long.")
    return Wish(
        app=app,
        redirect_uri=redirect_uri,
        scope=known_scope(fields.get("scope", "")) or DEFAULT_SCOPE,
        state=fields.get("state", ""),
        nonce=fields.get("nonce", ""),
        code_challenge=_challenge(app, fields),
    )


def _challenge(app: OAuthApp, fields: dict[str, str]) -> str:
    """Read the challenge (RFC 7636): an app without a secret has nothing else that makes a stolen code worthless."""
    challenge = fields.get("code_challenge", "")
    if not challenge and app.secret_digest and "code_challenge_method" not in fields:
        return ""
    if fields.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise OAuthRefused("invalid_request", "Send a code_challenge with the code_challenge_method S256.")
    return challenge


def allow(wish: Wish, user: User, *, address: str, signed_in_at: datetime | None) -> str:
    """Let the app in as `user`; give the address, with a code in it, to which their browser takes the answer."""
    code, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        if OAuthApp.objects.filter(pk=wish.app.pk).update(used_at=now) == 0:
            raise OAuthRefused("invalid_request", "This app is not there any more.")
        ProgramLogin.objects.create(
            status=Status.ALLOWED,
            code_digest=digest(code),
            user=user,
            app=wish.app,
            redirect_uri=wish.redirect_uri,
            code_challenge=wish.code_challenge,
            nonce=wish.nonce,
            signed_in_at=signed_in_at,
            scope=wish.scope,
            program=wish.app.name,
            address=address[:45],
            expires_at=now + CODE_VALID,
        )
    for old in ProgramLogin.objects.filter(user=user, app=wish.app).order_by("-pk")[MOST_LOGINS:]:
        end(old)
    return wish.answer(code=code)


def collect(app: OAuthApp | None, code: str, *, redirect_uri: str, verifier: str) -> Issued:
    """Give the tokens for a code, once; a second time they are taken back.

    Without its id, as huggingface.js asks, an app is known by the verifier.
    """
    login = ProgramLogin.objects.select_related("user", "app").filter(code_digest=digest(code)).first()
    if login is None or login.app is None or (app or _public(login.app)) != login.app:
        raise invalid("This code is not valid for this app.")
    if redirect_uri != login.redirect_uri:
        raise invalid("The redirect_uri is not the one that the code was asked with.")
    if not _verified(login.code_challenge, verifier):
        raise invalid("The code_verifier does not fit to the code_challenge.")
    return issue_or_end(login, code, status=Status.ALLOWED)


def _public(app: OAuthApp) -> OAuthApp | None:
    return None if app.secret_digest else app


def _verified(challenge: str, verifier: str) -> bool:
    """Whether the verifier fits. There is none without a challenge, which somebody else may have taken away."""
    if not challenge or not verifier:
        return challenge == verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return compare_digest(made, challenge)
