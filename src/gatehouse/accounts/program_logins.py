"""Programs that are let in by a person: their scopes, their tokens one after the other, and their end.

A refresh token works once and gives the next one. It begins with the code of its login, so that any of the former ones
is known when somebody brings it again: then one of two programs is a thief, and both are shut out.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import AccessToken, OAuthApp, ProgramLogin, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.tokens import create_token

# Clients of the device flow renew a day before the end; those of apps may be browsers, which renew nothing.
ACCESS_VALID, APPS_ACCESS_VALID = timedelta(days=7), timedelta(hours=8)
UNUSED_VALID = timedelta(days=90)
CLEARED_AFTER = timedelta(hours=1)

Status = ProgramLogin.Status
WRITES, READS, READS_GATED = {"write-repos", "manage-repos"}, "read-repos", "gated-repos"
CONTRIBUTES = "contribute-repos"
SCOPES = frozenset({*WRITES, READS, READS_GATED, CONTRIBUTES, "openid", "profile", "email"})


@dataclass(frozen=True, slots=True)
class Issued:
    """What a program that is in gets."""

    access_token: str
    refresh_token: str
    expires_in: int
    login: ProgramLogin


def known_scope(scope: str) -> str:
    """Give the scope in order; raises OAuthRefused for a word that means nothing here."""
    words = set(scope.split())
    if unknown := words - SCOPES:
        raise OAuthRefused("invalid_scope", f"This hub knows no scope {min(unknown)[:100]!r}.")
    return " ".join(sorted(words))


def role_of(scope: str) -> str:
    """Give the role of the tokens for a scope; who asks for none in particular gets all that their person may do."""
    asked = set(scope.split())
    if not asked or asked & WRITES:
        return AccessToken.Scope.WRITE
    return AccessToken.Scope.READ if READS in asked else AccessToken.Scope.FINE_GRAINED


def invalid(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_grant", sentence)


def renew(app: OAuthApp | None, refresh_token: str, *, scope: str = "") -> Issued:
    """Give new tokens for a refresh token of this app, which works once. A former one ends the login."""
    code = refresh_token.partition(".")[0]
    known = ProgramLogin.objects.select_related("user", "app").filter(status=Status.IN_USE, app=app)
    login = known.filter(code_digest=digest(code)).first()
    if login is None or not refresh_token.startswith(_lead(login, code)):
        raise invalid("This refresh token is not valid. Sign in again.")
    if scope and known_scope(scope) != login.scope:
        raise OAuthRefused("invalid_scope", "A refresh token gives the scope that was allowed, no more and no less.")
    return issue_or_end(login, code, status=Status.IN_USE, refresh_digest=digest(refresh_token))


def issue_or_end(login: ProgramLogin, code: str, **expected: str) -> Issued:
    """Make the next tokens; who comes a second time with what works once is one of two, and one is a thief."""
    try:
        return issue(login, code, **expected)
    except OAuthRefused:
        end(login)
        raise


def _lead(login: ProgramLogin, code: str) -> str:
    """Give the beginning of a login's refresh tokens. An app's code was in a browser: alone it ends nothing."""
    return f"{code}.{salted_hmac('refresh tokens', code).hexdigest()[:32]}." if login.app_id else f"{code}."


def issue(login: ProgramLogin, code: str, **expected: str) -> Issued:
    """Make the next tokens, unless the login is not `expected` any more: of two that ask at once one gets them."""
    now, refresh_token = timezone.now(), f"{_lead(login, code)}{secrets.token_urlsafe(32)}"
    user = login.user
    if user is None or not user.is_active:
        raise invalid("This account is not active.")
    with transaction.atomic():
        mine = ProgramLogin.objects.filter(pk=login.pk, expires_at__gt=now, **expected)
        turned = {"refresh_digest": digest(refresh_token), "expires_at": now + UNUSED_VALID}
        if mine.update(status=Status.IN_USE, **turned) == 0:
            raise invalid("This was used before, or its time is over. Sign in again.")
        AccessToken.objects.filter(login=login, expires_at__lte=now).delete()
        valid = APPS_ACCESS_VALID if login.app else ACCESS_VALID
        token = _token(user, login, now + valid)
    return Issued(token, refresh_token, int(valid.total_seconds()), login)


def _token(user: User, login: ProgramLogin, expires_at: datetime) -> str:
    return create_token(
        user,
        login=login,
        name=login.program,
        scope=role_of(login.scope),
        reads_gated=READS_GATED in login.scope.split(),
        contributes=CONTRIBUTES in login.scope.split() and role_of(login.scope) != AccessToken.Scope.WRITE,
        expires_at=expires_at,
    )


def end(login: ProgramLogin) -> None:
    """Shut the program out: all its tokens end at once."""
    with transaction.atomic():
        # Whoever is renewing holds this row, and would add a token to a login that is gone.
        ProgramLogin.objects.select_for_update().filter(pk=login.pk).first()
        ProgramLogin.objects.filter(pk=login.pk).delete()


def clear() -> None:
    """Forget the logins that nobody allowed in time or that were not used for long."""
    ProgramLogin.objects.filter(expires_at__lt=timezone.now() - CLEARED_AFTER).delete()
