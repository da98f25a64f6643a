"""When stored bytes are cleaned up, and whether this data folder is the database's own.

The tables say what is needed, so an empty or another database beside a full folder would free all that is in it.
Hence a mark that both bear.
"""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from gatehouse.repos.models import CleanUp
from gatehouse.storage.disk import write_once
from gatehouse.storage.errors import Refusal

EVERY = timedelta(hours=6)
LONG_DUE = timedelta(hours=24)  # what is younger is left alone in any case
MARK = "store.id"


class ForeignStore(Refusal):
    """The data folder was last cleaned up by the tables of another database."""

    status = 500

    def __init__(self, mark: Path) -> None:
        super().__init__(
            f"Nothing is freed: this database does not belong to {mark.parent}. "
            f"If it is the right one, perhaps from a backup, remove {mark} and run this again."
        )


def require_own_store() -> None:
    """Raise ForeignStore unless the data folder is this database's; a folder without a mark becomes it."""
    mark, store = Path(settings.DATA) / MARK, _row().store
    write_once(mark, store)
    if mark.read_text("ascii") != store:
        raise ForeignStore(mark)


def claim(now: datetime) -> bool:
    """Whether a clean-up is due and this process is the one to run it; the next is due some hours later.

    One that is due for long is put off: perhaps the database is from a backup, and younger things are not yet restored.
    """
    _row()
    CleanUp.objects.filter(next_at__lt=now - LONG_DUE).update(next_at=now + EVERY)
    return CleanUp.objects.filter(next_at__lte=now).update(next_at=now + EVERY) == 1


def next_at() -> datetime | None:
    """Give when the next clean-up is due; None before the first worker has looked."""
    return CleanUp.objects.values_list("next_at", flat=True).first()


def _row() -> CleanUp:
    """Give the one row. Its first clean-up is not due at once: an operator's mistakes show earlier."""
    first = {"store": secrets.token_hex(16), "next_at": timezone.now() + EVERY}
    return CleanUp.objects.get_or_create(pk=1, defaults=first)[0]
