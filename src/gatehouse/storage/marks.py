"""Moments that one process leaves for the others: the time of a small file in the data folder."""

import os
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

SETTINGS_CHANGED = "settings.changed"
WORKER_SEEN = "worker.seen"
BACKUP_DONE = "backup.done"


def leave(name: str) -> None:
    (Path(settings.DATA) / name).touch(mode=0o600)


def left_ns(name: str) -> int:
    """Give the moment in nanoseconds; 0 for never. Asked before each request, so without a Path, which takes longer."""
    try:
        return os.stat(f"{settings.DATA}/{name}").st_mtime_ns  # noqa: PTH116 - see above
    except OSError:
        return 0


def left_at(name: str) -> datetime | None:
    nanoseconds = left_ns(name)
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC) if nanoseconds else None
