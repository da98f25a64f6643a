"""Signing a program in by a code that its user types in a browser (RFC 8628): asked for, decided, collected once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import ProgramLogin, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.program_logins import CONTRIBUTES, Issued, Status, invalid, issue, known_scope

# The id by which the `huggingface_hub` of everybody calls itself.
CLIENT_ID = "26be6b09-91c5-47da-9861-d2d2bb7a7e36"
# No vowels, so no words; no digits and no pairs that look alike. 20 to the power of 8 codes.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
CODE_VALID = timedelta(minutes=15)
MOST_WAITING = 100  # for one address
INTERVAL_S, SLOWER_S, SLOWEST_S = 5, 5, 60
SLACK = timedelta(seconds=1)  # answers do not all travel equally fast


@dataclass(frozen=True, slots=True)
class Begun:
    """What a program is told that wants in."""

    device_code: str
    user_code: str


def begin(client_id: str, *, scope: str = "", program: str, address: str) -> Begun:
    """Note that a program wants in, and give it its two codes."""
    check_client(client_id)
    scope = known_scope(scope)
    if CONTRIBUTES in scope.split():  # programs that come this way are all one: nobody could tell which made what
        raise OAuthRefused("invalid_scope", f"The scope {CONTRIBUTES} is for apps that come by redirect.")
    now = timezone.now()
    if ProgramLogin.objects.filter(address=address, status=Status.WAITING, expires_at__gt=now).count() >= MOST_WAITING:
        sentence = "Too many programs at your address wait to be signed in. Try again in a few minutes."
        raise OAuthRefused("slow_down", sentence, status=HTTPStatus.TOO_MANY_REQUESTS)
    codes = Begun(secrets.token_urlsafe(32), "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)))
    ProgramLogin.objects.create(
        user_code=codes.user_code,
        code_digest=digest(codes.device_code),
        scope=scope,
        program=program,
        address=address[:45],
        expires_at=now + CODE_VALID,
        interval_s=INTERVAL_S,
    )
    return codes


def check_client(client_id: str) -> None:
    if client_id != CLIENT_ID:
        sentence = f"This hub knows one client_id, that of huggingface_hub: {CLIENT_ID}."
        raise OAuthRefused("invalid_client", sentence, status=HTTPStatus.UNAUTHORIZED)


def waiting(typed: str) -> ProgramLogin | None:
    """Find the program that shows the code somebody typed, in whatever spelling."""
    code = "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)
    if len(code) != CODE_LENGTH:
        return None
    return ProgramLogin.objects.filter(user_code=code, status=Status.WAITING, expires_at__gt=timezone.now()).first()


def decide(login: ProgramLogin, user: User, *, allow: bool) -> bool:
    """Let the program in as `user`, or refuse it; False if somebody decided before, or it is too late."""
    chosen = {"status": Status.ALLOWED, "user": user} if allow else {"status": Status.DENIED}
    still = ProgramLogin.objects.filter(pk=login.pk, status=Status.WAITING, expires_at__gt=timezone.now())
    return still.update(user_code=None, **chosen) == 1


def collect(client_id: str, device_code: str) -> Issued:
    """Give a program that asks again and again its tokens, once, when its user has allowed it; else raise why not."""
    check_client(client_id)
    now = timezone.now()
    login = ProgramLogin.objects.select_related("user").filter(app=None, code_digest=digest(device_code)).first()
    if login is None or login.status == Status.IN_USE:
        raise invalid("This device code is not valid, or was used before.")
    if login.expires_at <= now:
        raise OAuthRefused("expired_token", "Nobody allowed this in time. Begin again.")
    if login.status == Status.DENIED:
        raise OAuthRefused("access_denied", "The sign-in was denied in the browser.")
    if login.status == Status.WAITING:
        raise _not_yet(login, now)
    return issue(login, device_code, status=Status.ALLOWED)


def _not_yet(login: ProgramLogin, now: datetime) -> OAuthRefused:
    """Note that it asked; who asks faster than they were told has to ask more slowly from now on."""
    row = ProgramLogin.objects.filter(pk=login.pk)
    if login.polled_at and now < login.polled_at + timedelta(seconds=login.interval_s) - SLACK:
        row.update(polled_at=now, interval_s=Least(F("interval_s") + SLOWER_S, Value(SLOWEST_S)))
        return OAuthRefused("slow_down", f"Ask less often: wait {SLOWER_S} seconds longer each time.")
    row.update(polled_at=now)
    return OAuthRefused("authorization_pending", "Nobody has allowed this in the browser yet.")
