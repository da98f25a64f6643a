"""Signing a program in by its user's browser (RFC 8628): asked for, decided by a person, collected once, then renewed.

A refresh token works once and gives the next one. It begins with the device code of its login, so that any of the
former ones is known when somebody brings it again: then one of two programs is a thief, and both are shut out.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import AccessToken, DeviceLogin, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.tokens import create_token

# The id by which the `huggingface_hub` of everybody calls itself.
CLIENT_ID = "26be6b09-91c5-47da-9861-d2d2bb7a7e36"
# No vowels, so no words; no digits and no pairs that look alike. 20 to the power of 8 codes.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
CODE_VALID = timedelta(minutes=15)
MOST_WAITING = 100  # for one address
INTERVAL_S, SLOWER_S, SLOWEST_S = 5, 5, 60
SLACK = timedelta(seconds=1)  # answers do not all travel equally fast
# Clients renew a day before the end.
ACCESS_VALID = timedelta(days=7)
UNUSED_VALID = timedelta(days=90)
CLEARED_AFTER = timedelta(hours=1)

Status = DeviceLogin.Status
WRITES, READS, READS_GATED = {"write-repos", "manage-repos"}, "read-repos", "gated-repos"
SCOPES = frozenset({*WRITES, READS, READS_GATED, "openid", "profile", "email"})


@dataclass(frozen=True, slots=True)
class Begun:
    """What a program is told that wants in."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class Issued:
    """What a program that is in gets."""

    access_token: str
    refresh_token: str
    expires_in: int = int(ACCESS_VALID.total_seconds())


def begin(client_id: str, *, scope: str = "", program: str, address: str) -> Begun:
    """Note that a program wants in, and give it its two codes."""
    _check_client(client_id)
    if unknown := set(scope.split()) - SCOPES:
        raise OAuthRefused("invalid_scope", f"This hub knows no scope {min(unknown)[:100]!r}.")
    now = timezone.now()
    if DeviceLogin.objects.filter(address=address, status=Status.WAITING, expires_at__gt=now).count() >= MOST_WAITING:
        sentence = "Too many programs at your address wait to be signed in. Try again in a few minutes."
        raise OAuthRefused("slow_down", sentence, status=HTTPStatus.TOO_MANY_REQUESTS)
    codes = Begun(secrets.token_urlsafe(32), "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)))
    DeviceLogin.objects.create(
        user_code=codes.user_code,
        device_digest=digest(codes.device_code),
        scope=" ".join(sorted(set(scope.split()))),
        program=program,
        address=address[:45],
        expires_at=now + CODE_VALID,
        interval_s=INTERVAL_S,
    )
    return codes


def _check_client(client_id: str) -> None:
    if client_id != CLIENT_ID:
        sentence = f"This hub knows one client_id, that of huggingface_hub: {CLIENT_ID}."
        raise OAuthRefused("invalid_client", sentence, status=HTTPStatus.UNAUTHORIZED)


def waiting(typed: str) -> DeviceLogin | None:
    """Find the program that shows the code somebody typed, in whatever spelling."""
    code = "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)
    if len(code) != CODE_LENGTH:
        return None
    return DeviceLogin.objects.filter(user_code=code, status=Status.WAITING, expires_at__gt=timezone.now()).first()


def decide(login: DeviceLogin, user: User, *, allow: bool) -> bool:
    """Let the program in as `user`, or refuse it; False if somebody decided before, or it is too late."""
    chosen = {"status": Status.ALLOWED, "user": user} if allow else {"status": Status.DENIED}
    still = DeviceLogin.objects.filter(pk=login.pk, status=Status.WAITING, expires_at__gt=timezone.now())
    return still.update(user_code=None, **chosen) == 1


def collect(client_id: str, device_code: str) -> Issued:
    """Give a program that asks again and again its tokens, once, when its user has allowed it; else raise why not."""
    _check_client(client_id)
    now = timezone.now()
    login = DeviceLogin.objects.select_related("user").filter(device_digest=digest(device_code)).first()
    if login is None or login.status == Status.IN_USE:
        raise _invalid("This device code is not valid, or was used before.")
    if login.expires_at <= now:
        raise OAuthRefused("expired_token", "Nobody allowed this in time. Begin again.")
    if login.status == Status.DENIED:
        raise OAuthRefused("access_denied", "The sign-in was denied in the browser.")
    if login.status == Status.WAITING:
        raise _not_yet(login, now)
    return _issue(login, device_code, now, status=Status.ALLOWED)


def _invalid(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_grant", sentence)


def _not_yet(login: DeviceLogin, now: datetime) -> OAuthRefused:
    """Note that it asked; who asks faster than they were told has to ask more slowly from now on."""
    row = DeviceLogin.objects.filter(pk=login.pk)
    if login.polled_at and now < login.polled_at + timedelta(seconds=login.interval_s) - SLACK:
        row.update(polled_at=now, interval_s=Least(F("interval_s") + SLOWER_S, Value(SLOWEST_S)))
        return OAuthRefused("slow_down", f"Ask less often: wait {SLOWER_S} seconds longer each time.")
    row.update(polled_at=now)
    return OAuthRefused("authorization_pending", "Nobody has allowed this in the browser yet.")


def renew(client_id: str, refresh_token: str) -> Issued:
    """Give new tokens for a refresh token, which works once. A former one ends the login."""
    _check_client(client_id)
    device_code = refresh_token.partition(".")[0]
    known = DeviceLogin.objects.select_related("user").filter(status=Status.IN_USE)
    login = known.filter(device_digest=digest(device_code)).first()
    if login is None:
        raise _invalid("This refresh token is not valid. Sign in again.")
    try:
        return _issue(login, device_code, timezone.now(), status=Status.IN_USE, refresh_digest=digest(refresh_token))
    except OAuthRefused:
        end(login)
        raise


def _issue(login: DeviceLogin, device_code: str, now: datetime, **expected: str) -> Issued:
    """Make the next tokens, unless the login is not `expected` any more: of two that ask at once one gets them."""
    refresh_token = f"{device_code}.{secrets.token_urlsafe(32)}"
    user = login.user
    if user is None or not user.is_active:
        raise _invalid("This account is not active.")
    with transaction.atomic():
        mine = DeviceLogin.objects.filter(pk=login.pk, expires_at__gt=now, **expected)
        turned = {"refresh_digest": digest(refresh_token), "expires_at": now + UNUSED_VALID}
        if mine.update(status=Status.IN_USE, **turned) == 0:
            raise _invalid("This was used before, or its time is over. Sign in again.")
        AccessToken.objects.filter(login=login, expires_at__lte=now).delete()
        token = create_token(
            user,
            login=login,
            name=login.program,
            scope=role_of(login.scope),
            reads_gated=READS_GATED in login.scope.split(),
            expires_at=now + ACCESS_VALID,
        )
    return Issued(token, refresh_token)


def role_of(scope: str) -> str:
    """Give the role of the tokens for a scope; who asks for none in particular gets all that their person may do."""
    asked = set(scope.split())
    if not asked or asked & WRITES:
        return AccessToken.Scope.WRITE
    return AccessToken.Scope.READ if READS in asked else AccessToken.Scope.FINE_GRAINED


def end(login: DeviceLogin) -> None:
    """Shut the program out: all its tokens end at once."""
    with transaction.atomic():
        # Whoever is renewing holds this row, and would add a token to a login that is gone.
        DeviceLogin.objects.select_for_update().filter(pk=login.pk).first()
        DeviceLogin.objects.filter(pk=login.pk).delete()


def clear() -> None:
    """Forget the logins that nobody allowed in time or that were not used for long."""
    DeviceLogin.objects.filter(expires_at__lt=timezone.now() - CLEARED_AFTER).delete()
