"""`gatehouse worker`: sends letters, writes the daily ones, clears up. Any number of them may run at once."""

import logging
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from gatehouse.access import publishers
from gatehouse.access.notices import write_due_digests
from gatehouse.access.webhooks import may_hear
from gatehouse.accounts import oauth_apps, program_logins
from gatehouse.accounts.hub_settings import Follower
from gatehouse.cli import store_lock
from gatehouse.cli.stopping import Stop
from gatehouse.outbox import webhooks
from gatehouse.outbox.delivery import deliver_due
from gatehouse.repos import clean_up, garbage, sizes, upkeep
from gatehouse.repos.following import catch_up
from gatehouse.repos.repositories import blobs
from gatehouse.storage import marks
from gatehouse.storage.errors import Refusal

log = logging.getLogger(__name__)

TICK_S = 1.0
AT_ONCE = 4  # webhooks told at the same time; each takes a connection to the database
LONGEST_PAUSE_S = 60.0
UPLOADS_KEPT = timedelta(hours=24)
# A mail server or database that is not there, or what an operator is to mend; anything else deserves its traceback.
AWAY = (OSError, DatabaseError, Refusal)


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
    stop = Stop()
    quick = [
        Task("following the hub's settings", TICK_S, Follower().follow),
        Task("sending letters", TICK_S, lambda: deliver_due(stop=stop.is_set)),
        Task("writing daily letters", 60, write_due_digests),
        Task("catching up with branches", 60, catch_up),
    ]
    slow = [
        Task("clearing uploads", 3600, lambda: blobs().clear_stale_uploads(UPLOADS_KEPT.total_seconds())),
        Task("clearing logins of programs", 3600, program_logins.clear),
        Task("forgetting apps that nobody uses", 3600, oauth_apps.clear_unused),
        Task("clearing tokens of CI jobs", 3600, publishers.clear),
        Task("forgetting old webhook events", 3600, webhooks.prune),
        Task("clearing sessions", 3600, lambda: call_command("clearsessions")),
        Task("measuring repositories", 60, sizes.measure),
        Task("freeing stored bytes", 60, free_what_is_due),
    ]
    # Letters wait for none of these, nor does the end: what they do may be cut off anywhere.
    Thread(target=_keep_doing, args=(slow, stop), daemon=True).start()
    # Nor do they wait for the receivers of webhooks, which have some seconds each.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        telling = Task("telling webhooks", TICK_S, lambda: _tell(pool, stop))
        there = Task("saying that it is there", 10, lambda: marks.leave(marks.WORKER_SEEN))
        teller = Thread(target=_keep_doing, args=([there, telling], stop))
        teller.start()
        _keep_doing(quick, stop)
        teller.join()
    return 0


def _keep_doing(tasks: Sequence[Task], stop: Stop) -> None:
    while not stop.wait(TICK_S):
        for task in tasks:
            if not stop.is_set():
                task.run_if_due()


def free_what_is_due() -> None:
    """Do the work of `gatehouse gc` when it is due and no other worker has it in hand."""
    if not clean_up.claim(timezone.now()):
        return
    packed = upkeep.look_after_repos(timezone.now())
    if packed:
        log.info("packed %s git repositories", packed)
    with store_lock.deleting():
        freed = garbage.collect(UPLOADS_KEPT)
    if freed.files:
        log.info("freed %s files, %.1f MB, that nobody needs", freed.files, freed.size / 1e6)


def _tell(pool: Executor, stop: Stop) -> None:
    webhooks.deliver_due(may_hear, stop=stop.is_set, each=lambda work, found: pool.map(_closing(work), found))


def _closing(work: Callable[[int], int]) -> Callable[[int], int]:
    """Let a thread of the pool give its connection back: it may not be needed for days."""

    def done(pk: int) -> int:
        try:
            return work(pk)
        finally:
            connection.close()

    return done
