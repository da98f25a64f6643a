"""What an administrator of this hub does to accounts. Each deed is written to the server's log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from gatehouse.accounts.models import ProgramLogin, User
from gatehouse.storage.errors import Refusal

log = logging.getLogger(__name__)


@contextmanager
def _still_administrator(by: User) -> Iterator[None]:
    """Do a deed in one transaction, after those of other administrators: of two who demote each other one is late."""
    with transaction.atomic():
        rows = User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True).order_by("pk")
        if by.pk not in rows.values_list("pk", flat=True):
            raise Refusal("You are no administrator any more.", status=HTTPStatus.FORBIDDEN)
        yield


def deactivate(user: User, *, by: User) -> None:
    """Shut somebody out, with their sessions and tokens and what others let their apps do.

    What they own stays, and so does their name.
    """
    _refuse_oneself(user, by)
    with _still_administrator(by):
        User.objects.filter(pk=user.pk).update(is_active=False)
        for session in UserSession.objects.filter(user=user):
            session.end()
        ProgramLogin.objects.filter(app__owner=user).delete()
    log.warning("%s deactivated the account %s", by, user)


def activate(user: User, *, by: User) -> None:
    with _still_administrator(by):
        User.objects.filter(pk=user.pk).update(is_active=True)
    log.warning("%s activated the account %s", by, user)


def make_admin(user: User, *, by: User) -> None:
    with _still_administrator(by):
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    log.warning("%s made %s an administrator", by, user)


def unmake_admin(user: User, *, by: User) -> None:
    _refuse_oneself(user, by)
    with _still_administrator(by):
        User.objects.filter(pk=user.pk).update(is_superuser=False, is_staff=False)
    log.warning("%s took from %s that they are an administrator", by, user)


def reset_second_factor(user: User, *, by: User) -> None:
    """Let somebody who lost their device in by their password alone, until they set up another one."""
    with _still_administrator(by):
        Authenticator.objects.filter(user=user).delete()
    log.warning("%s took the second factor from the account %s", by, user)


def _refuse_oneself(user: User, by: User) -> None:
    """So there is always an administrator left."""
    if user.pk == by.pk:
        raise Refusal("You cannot do this to your own account: ask another administrator.", status=HTTPStatus.CONFLICT)
