"""The book of programs that people may let in: made by somebody, or by themselves (RFC 7591)."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from http import HTTPStatus
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from gatehouse.accounts import redirect_uris
from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import OAuthApp, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.storage.errors import Refusal

LONGEST_NAME, MOST_APPS = 100, 50
# A program that registered itself is forgotten when nobody let it in for so long, or ever.
NEVER_USED, UNUSED = timedelta(days=2), timedelta(days=180)
MOST_NEVER_USED = 10_000  # however many addresses register them: then the oldest goes


@dataclass(frozen=True, slots=True)
class Made:
    """A new app, and its secret in clear; this is the only time anybody sees it."""

    app: OAuthApp
    secret: str


def create(owner: User | None, *, name: str, uris: list[str], confidential: bool) -> Made:
    """Make an app; only a `confidential` one, which can keep a secret, gets one."""
    if owner and owner.oauth_apps.count() >= MOST_APPS:
        raise Refusal(f"One person may have {MOST_APPS} apps.")
    if owner is None:
        _make_room()
    secret = _new_secret() if confidential else ""
    app = OAuthApp.objects.create(
        client_id=str(uuid4()),
        owner=owner,
        name=_checked(name),
        redirect_uris="\n".join(redirect_uris.check(uris)),
        secret_digest=digest(secret) if secret else "",
    )
    return Made(app, secret)


def change(app: OAuthApp, *, name: str, uris: list[str]) -> None:
    app.name, app.redirect_uris = _checked(name), "\n".join(redirect_uris.check(uris))
    app.save(update_fields=["name", "redirect_uris"])


def renew_secret(app: OAuthApp) -> str:
    """Give a confidential app another secret; the former one is not taken any more."""
    secret = _new_secret()
    OAuthApp.objects.filter(pk=app.pk).exclude(secret_digest="").update(secret_digest=digest(secret))
    return secret


def _new_secret() -> str:
    return f"oauth_app_secret_{secrets.token_urlsafe(32)}"


def _checked(name: str) -> str:
    """Give a name as people who decide see it: one line, and nothing in it that hides or turns letters round."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or any(unicodedata.category(letter)[0] == "C" for letter in name):
        raise OAuthRefused("invalid_client_metadata", f"The name needs 1 to {LONGEST_NAME} visible characters.")
    return name


def find(client_id: str) -> OAuthApp:
    """Find an app; that of somebody whose account is closed is as good as none."""
    served = Q(owner=None) | Q(owner__is_active=True)
    app = OAuthApp.objects.select_related("owner").filter(served, client_id=client_id[:100]).first()
    if app is None:
        raise _unknown("This hub knows no app with this client_id.")
    return app


def authenticate(client_id: str, secret: str) -> OAuthApp:
    """Find the app that asks; a confidential one has to bring its secret."""
    app = find(client_id)
    if app.secret_digest and not compare_digest(app.secret_digest, digest(secret)):
        raise _unknown("This is not the secret of this app.")
    return app


def _unknown(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_client", sentence, status=HTTPStatus.UNAUTHORIZED)


def _make_room() -> None:
    """Let the oldest go of the apps that registered themselves and that nobody ever let in."""
    never = OAuthApp.objects.filter(owner=None, used_at=None, logins=None).order_by("-pk")
    OAuthApp.objects.filter(pk__in=list(never.values_list("pk", flat=True)[MOST_NEVER_USED - 1 :])).delete()


def clear_unused() -> None:
    """Forget the apps that registered themselves and that nobody uses."""
    now = timezone.now()
    never = Q(used_at=None, created_at__lt=now - NEVER_USED)
    unused = never | Q(used_at__lt=now - UNUSED)
    OAuthApp.objects.filter(unused, owner=None, logins=None).delete()
