"""Invitations: while sign-up is by invitation, a letter with a code lets one e-mail address make one account."""

import secrets
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gatehouse.accounts.actor import digest
from gatehouse.accounts.models import Invitation, User
from gatehouse.outbox import letters

VALID = timedelta(days=30)


def invite(email: str, *, by: User) -> Invitation:
    """Invite an address by letter; a former invitation of it that nobody used stops working."""
    code = secrets.token_urlsafe(24)
    link = f"{settings.PUBLIC_URL}/join?{urlencode({'invitation': code, 'email': email})}"
    with transaction.atomic():
        Invitation.objects.filter(email__iexact=email, used_at=None).delete()
        invitation = Invitation.objects.create(email=email, digest=digest(code), invited_by=by)
        letters.write(
            email, "invitation", {"action_url": link, "inviter": by.fullname or by.username, "days": VALID.days}
        )
    return invitation


def find(code_digest: str) -> Invitation | None:
    """Find the unused invitation of a code that is not too old."""
    fresh = Invitation.objects.filter(used_at=None, created_at__gt=timezone.now() - VALID)
    return fresh.filter(digest=code_digest).first()


def use(invitation: Invitation) -> bool:
    """Mark it as used; False if somebody just did."""
    return Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()) == 1


def revoke(pk: int) -> None:
    Invitation.objects.filter(pk=pk, used_at=None).delete()


def newest(limit: int) -> QuerySet[Invitation]:
    return Invitation.objects.select_related("invited_by").order_by("-id")[:limit]
