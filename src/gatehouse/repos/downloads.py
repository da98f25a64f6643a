"""Counts of downloads, kept in memory and written together every few seconds: no write per request.

A process that is killed loses what it counted since the last writing.
"""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models import F

from gatehouse.repos.models import Repo
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.serve import Answer

log = logging.getLogger(__name__)

FLUSH_S = 10.0
LAST_FLUSH_S = 5.0
_counted: Counter[int] = Counter()
_lock = threading.Lock()


def count(repo_pk: int, environ: Mapping[str, Any], answer: Answer) -> None:
    """Count an answer that begins a file's download: not a look at its headers, nor a later part of it."""
    if environ["REQUEST_METHOD"] == "GET" and (answer.status == HTTPStatus.OK or _begins(answer)):
        with _lock:
            _counted[repo_pk] += 1


def _begins(answer: Answer) -> bool:
    ranges = [value for name, value in answer.headers if name == "Content-Range"]
    if answer.status != HTTPStatus.PARTIAL_CONTENT or not ranges:
        return False
    return ranges[0].startswith("bytes 0-") and not ranges[0].startswith("bytes 0-0/")


def flush() -> None:
    """Add what was counted to the repos' rows; keep it for the next time when the database will not have it."""
    with _lock:
        taken = _counted.copy()
        _counted.clear()
    try:
        with transaction.atomic():
            for pk, number in sorted(taken.items()):
                Repo.objects.filter(pk=pk).update(downloads=F("downloads") + number)
    except DatabaseError:
        log.warning("Download counts could not be written; they will be tried again.", exc_info=True)
        with _lock:
            _counted.update(taken)


class Flusher(threading.Thread):
    """Writes the counts of this process until `stop`, and once more then."""

    def __init__(self, every_s: float = FLUSH_S) -> None:
        super().__init__(name="download counts", daemon=True)
        self._every_s = every_s
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(self._every_s):
            self._flush_if_any()
        self._flush_if_any()
        connections.close_all()

    def stop(self) -> None:
        """Write what is left and end the thread; waits a while at most, should the database be busy."""
        self._stopped.set()
        self.join(LAST_FLUSH_S)

    @staticmethod
    def _flush_if_any() -> None:
        if _counted:
            drop_stale_connection()
            flush()
