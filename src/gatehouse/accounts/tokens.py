"""Access tokens: made, found, revoked."""

import json
import secrets
import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gatehouse.accounts.actor import Actor, BadCredentials, Right, digest, token_in, token_scope
from gatehouse.accounts.models import AccessToken, ProgramLogin, User
from gatehouse.storage.errors import Refusal

ALPHABET = string.ascii_letters + string.digits
IMPORT_MINIMUM = 20
# Last use is noted at most this often, so that a busy token does not cost a write per request.
LAST_USE_STEP = timedelta(minutes=10)


def create_token(
    user: User,
    *,
    scope: str,
    name: str = "",
    rights: tuple[Right, ...] = (),
    reads_gated: bool = False,
    contributes: bool = False,
    expires_at: datetime | None = None,
    login: ProgramLogin | None = None,
    publisher: tuple[int, str] | None = None,
) -> str:
    """Make an access token and give it back in clear; this is the only time anybody sees it.

    `publisher` is the row and the name of the trusted publisher that it is for.
    """
    token = "hf_" + "".join(secrets.choice(ALPHABET) for _ in range(34))
    _store(
        user,
        token,
        scope,
        name,
        rights,
        reads_gated=reads_gated,
        contributes=contributes,
        expires_at=expires_at,
        login=login,
        publisher=publisher,
    )
    return token


def import_token(user: User, token: str, *, scope: str, name: str = "") -> None:
    """Store a token that `user` already has from elsewhere; raises Refusal if it is weak or in use."""
    if len(token) < IMPORT_MINIMUM or not token.isascii() or not token.isprintable() or " " in token:
        raise Refusal(f"A token needs at least {IMPORT_MINIMUM} printable ASCII characters and no spaces.")
    if token.startswith("api_org"):
        raise Refusal("Clients refuse tokens that start with 'api_org'.")
    if AccessToken.objects.filter(digest=digest(token)).exists():
        raise Refusal("This token is already in use here.", status=409)
    _store(user, token, scope, name, (), reads_gated=False, expires_at=None)


def _store(
    user: User,
    token: str,
    scope: str,
    name: str,
    rights: tuple[Right, ...],
    *,
    reads_gated: bool,
    expires_at: datetime | None,
    contributes: bool = False,
    login: ProgramLogin | None = None,
    publisher: tuple[int, str] | None = None,
) -> None:
    if scope not in AccessToken.Scope.values:
        raise Refusal(f"{scope!r} is not a token role: use {', '.join(AccessToken.Scope.values)}.")
    publisher_id, publisher_name = publisher or (None, "")
    fine: dict[str, object] = {"reads_gated": reads_gated, "rights": list(map(_line, rights))}
    if publisher_name:
        fine["publisher"] = publisher_name
    if contributes:
        fine["contributes"] = True
    AccessToken.objects.create(
        user=user,
        login=login,
        publisher_id=publisher_id,
        name=name or f"token {timezone.now():%Y-%m-%d %H:%M}",
        digest=digest(token),
        hint=token[-4:],
        scope=scope,
        rights=json.dumps(fine) if contributes or scope == AccessToken.Scope.FINE_GRAINED else "",
        expires_at=expires_at,
    )


def add_rights(token: AccessToken, rights: Sequence[Right], *, most: int) -> None:
    """Let a token that has rights reach more; of more than `most` the newest count."""
    with transaction.atomic():
        row = AccessToken.objects.select_for_update().get(pk=token.pk)
        fine = json.loads(row.rights)
        fine["rights"] = [*fine["rights"], *map(_line, rights)][-most:]
        row.rights = json.dumps(fine)
        row.save(update_fields=["rights"])


def bind_rights(token: AccessToken, kind: str, key: str, repo: int) -> None:
    """Let the right by which this token has just made a repo be one to that very repo."""
    asked = Right(key, kind, write=True)
    with transaction.atomic():
        row = AccessToken.objects.select_for_update().get(pk=token.pk)
        rights = token_scope(row.scope, row.rights).rights
        made = [_line(replace(right, repo=repo) if right == asked else right) for right in rights]
        row.rights = json.dumps(json.loads(row.rights) | {"rights": made})
        row.save(update_fields=["rights"])


def _line(right: Right) -> list[object]:
    return [right.key, right.kind, right.write, *([] if right.repo is None else [right.repo])]


def actor_from_header(header: str) -> Actor | None:
    """Find who an Authorization header speaks for; None without a header, BadCredentials if it is not valid."""
    token = token_in(header)
    return None if token is None else actor_from_token(token)


def actor_from_token(token: str) -> Actor:
    row = live_token(token)
    note_use(row.pk, row.last_used_at)
    return Actor(row.user_id, row.user.username, token_scope(row.scope, row.rights))


def live_token(token: str) -> AccessToken:
    """Find the unexpired token of an active user; raises BadCredentials."""
    now = timezone.now()
    row = AccessToken.objects.select_related("user").filter(digest=digest(token), user__is_active=True).first()
    if row is None or (row.expires_at and row.expires_at <= now):
        raise BadCredentials
    return row


def note_use(token_id: int, last_used_at: datetime | None) -> None:
    now = timezone.now()
    if last_used_at is None or last_used_at < now - LAST_USE_STEP:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USE_STEP)
        AccessToken.objects.filter(stale, pk=token_id).update(last_used_at=now)
