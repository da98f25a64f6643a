"""Whether a repo is gated, how requests are approved, and who is told how often."""

from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from gatehouse.access import notice_addresses, notices
from gatehouse.repos import webhook_events
from gatehouse.repos.models import Gated, NotificationsMode, Repo
from gatehouse.repos.repositories import lock_repo
from gatehouse.storage.errors import Refusal


class GateSettings(TypedDict, total=False):
    """The gate's settings; those that are absent stay as they are."""

    gated: str
    org_members_gated: bool
    notifications_mode: str
    notifications_email: str


def configure(repo: Repo, **changes: Unpack[GateSettings]) -> None:
    """Change the gate of `repo`. Requests are never touched by it (GATING §1.1). Raises Refusal on a bad value."""
    _check(repo, changes)
    with transaction.atomic():
        was = lock_repo(repo)
        _switch_digests(was, changes.get("notifications_mode"))
        if changes:
            Repo.objects.filter(pk=repo.pk).update(**changes)
        if changes.get("gated", was.gated) != was.gated:
            webhook_events.configured(repo, gated=changes["gated"] or False)
        for name, value in changes.items():
            setattr(repo, name, value)
        if changes.get("notifications_email"):
            notice_addresses.ask(repo)


def _switch_digests(repo: Repo, mode: str | None) -> None:
    if mode in {None, repo.notifications_mode}:
        return
    if mode == NotificationsMode.BULK:
        notices.begin_digests(repo)
    else:
        notices.write_digest(repo)


def _check(repo: Repo, changes: GateSettings) -> None:
    if "gated" in changes and changes["gated"] not in Gated.values:
        raise Refusal('gated must be false, "auto" or "manual".')
    if "notifications_mode" in changes and changes["notifications_mode"] not in NotificationsMode.values:
        raise Refusal('The notification mode must be "bulk" or "real-time".')
    if changes.get("org_members_gated") and repo.namespace.organization_id is None:
        raise Refusal("Only a repo of an organization has members to gate.")
    if email := changes.get("notifications_email"):
        try:
            validate_email(email)
        except ValidationError as error:
            raise Refusal(f"{email[:100]!r} is not an e-mail address.") from error
