"""Keeps stored bytes in place while they are copied: a backup and a clean-up wait for each other."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


@contextmanager
def copying() -> Iterator[None]:
    """Hold the lock together with other copies."""
    with _held(fcntl.LOCK_SH):
        yield


@contextmanager
def deleting() -> Iterator[None]:
    """Hold the lock alone."""
    with _held(fcntl.LOCK_EX):
        yield


@contextmanager
def _held(how: int) -> Iterator[None]:
    with (Path(settings.DATA) / "stores.lock").open("w") as file:
        fcntl.flock(file, how)
        yield
