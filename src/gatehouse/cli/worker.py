"""`gatehouse worker`: sends letters, writes the daily ones, clears up. Any number of them may run at once."""

import logging
import signal
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections

from gatehouse.access.notices import write_due_digests
from gatehouse.accounts import device_logins
from gatehouse.outbox.delivery import deliver_due
from gatehouse.repos.following import catch_up
from gatehouse.repos.repositories import blobs

log = logging.getLogger(__name__)

TICK_S = 1.0
LONGEST_PAUSE_S = 60.0
UPLOADS_KEPT_S = 24 * 3600
AWAY = (OSError, DatabaseError)  # a mail server or database that is not there; anything else deserves its traceback


@dataclass
class Task:
    """Something done again and again: every `every_s` seconds, after failures ever less often."""

    name: str
    every_s: float
    work: Callable[[], object]
    due: float = 0.0
    failures: int = 0

    def run_if_due(self) -> None:
        """Run it when its time has come. A failure is logged: the database may be away, and will be back."""
        if time.monotonic() < self.due:
            return
        try:
            close_old_connections()
            self.work()
        except Exception as error:
            self.failures += 1
            log.warning("%s: %s", self.name, " ".join(str(error).split()), exc_info=not isinstance(error, AWAY))
        else:
            self.failures = 0
        pause_s = min(self.every_s * 2 ** min(self.failures, 10), LONGEST_PAUSE_S)
        self.due = time.monotonic() + max(self.every_s, pause_s)


def run(_args: Namespace) -> int:
    """Work until told to stop; a letter that is being sent is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    tasks = [
        Task("sending letters", TICK_S, lambda: deliver_due(stop=stop.is_set)),
        Task("writing daily letters", 60, write_due_digests),
        Task("catching up with branches", 60, catch_up),
        Task("clearing uploads", 3600, lambda: blobs().clear_stale_uploads(UPLOADS_KEPT_S)),
        Task("clearing logins of programs", 3600, device_logins.clear),
        Task("clearing sessions", 3600, lambda: call_command("clearsessions")),
    ]
    while not stop.wait(TICK_S):
        for task in tasks:
            if not stop.is_set():
                task.run_if_due()
    return 0
