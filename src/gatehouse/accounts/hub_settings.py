"""The hub's name, address and sign-up as administrators set them, and how every process comes to know of it.

They become Django's own settings, like those of the environment, so that each rule reads them in one place. Whoever
changes them rings a bell: the time of a file in the data folder, which each process looks at before each request
(docs/adr/0009).
"""

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from gatehouse.accounts.models import HubSettings
from gatehouse.config import hub
from gatehouse.config.env import BadSettingError
from gatehouse.storage import marks
from gatehouse.storage.database import drop_stale_connection

log = logging.getLogger(__name__)

# So often they are read without a bell, for what another machine has changed.
REREAD_S = 10
# So long the hub answers at its former address too: whoever mistyped the new one can come back.
FORMER_FOR = timedelta(days=1)


def change(changes: Mapping[str, str], *, by: str) -> None:
    """Keep what somebody set; an empty value is the default again. Raises BadSettingError."""
    checked = {name: value and hub.check(name, value) for name, value in changes.items()}
    for name in filter(hub.fixed, checked):
        raise BadSettingError(f"{hub.variable(name)} is set in the environment, which wins: change it there.")
    with transaction.atomic():
        HubSettings.objects.get_or_create(pk=1)
        row = HubSettings.objects.select_for_update().get(pk=1)
        before = hub.values(_kept(row))["public_url"]
        for name, value in checked.items():
            setattr(row, name, value)
        if hub.values(_kept(row))["public_url"] != before:
            row.former_url, row.moved_at = before, timezone.now()
        row.save()
    marks.leave(marks.SETTINGS_CHANGED)
    for name, value in checked.items():
        log.warning("%s set %s to %s", by, name, value or "its default")


def _kept(row: HubSettings | None) -> dict[str, str]:
    return {name: getattr(row, name) for name in hub.NAMES} if row else {}


def values() -> dict[str, str]:
    """Give what counts now."""
    return hub.values(_kept(HubSettings.objects.filter(pk=1).first()))


def current() -> dict[str, Any]:
    """Give all of Django's settings that follow, as they are to be now."""
    row = HubSettings.objects.filter(pk=1).first()
    lately = row and row.moved_at and row.moved_at > timezone.now() - FORMER_FOR
    return hub.django_settings(_kept(row), row.former_url if row and lately else "")


class Follower:
    """Keeps the settings of one process as they are to be."""

    def __init__(self) -> None:
        self._seen: tuple[int, float] | None = None

    def follow(self) -> None:
        """Look whether anything changed; that takes a statement only after a bell, and once in ten seconds."""
        seen = marks.left_ns(marks.SETTINGS_CHANGED), time.monotonic() // REREAD_S
        if seen == self._seen:
            return
        try:
            drop_stale_connection()
            apply()
        except (DatabaseError, BadSettingError) as error:  # the database is away: what was known goes on counting
            log.warning("the hub's settings cannot be read: %s", error)
        self._seen = seen


def apply() -> None:
    """Make this process's settings what they are to be."""
    for name, value in current().items():
        if getattr(settings, name) != value:
            setattr(settings, name, value)
