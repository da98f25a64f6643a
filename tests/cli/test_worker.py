"""The real `gatehouse worker` in processes of its own, and a real mail server."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatehouse.cli import worker
from live import GATEHOUSE, LiveServer
from mail_server import MailServer

PUT = """
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from gatehouse.outbox import letters
from gatehouse.outbox.models import Letter
Letter.objects.all().delete()
for number in range({count}):
    letters.put(f"person{{number}}@example.org", f"Letter {{number}}", "Hello")
"""
LIST = """
import fcntl
import json
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from gatehouse.outbox.models import Letter
print(json.dumps(list(Letter.objects.order_by("pk").values_list("state", flat=True))))
"""
END_LEASES = """
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from django.utils import timezone
from gatehouse.outbox.models import Letter
Letter.objects.update(next_at=timezone.now())
"""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the worker's clock: the only item of a list, in seconds."""
    now = [0.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.django_db
def test_a_task_that_fails_is_tried_again_after_growing_pauses(clock: list[float]) -> None:
    def fail() -> None:
        tried.append(clock[0])
        raise OSError

    tried: list[float] = []
    task = worker.Task("failing", 1, fail)
    for second in range(200):
        clock[0] = second
        task.run_if_due()
    assert tried == [0, 2, 6, 14, 30, 62, 122, 182]


@pytest.mark.django_db
def test_a_task_that_works_again_keeps_its_pace(clock: list[float]) -> None:
    results = iter([True])
    done = []

    def work() -> None:
        done.append(clock[0])
        if next(results, False):
            raise OSError

    task = worker.Task("recovering", 5, work)
    for second in range(26):
        clock[0] = second
        task.run_if_due()
    assert done == [0, 10, 15, 20, 25]


class Hub:
    """A hub without a web server: its letters, and workers that send them."""

    def __init__(self, folder: Path) -> None:
        self.server = LiveServer(folder)
        self.workers: list[subprocess.Popen[bytes]] = []

    def run(self, script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.server.environ, capture_output=True, text=True, check=True
        )
        return done.stdout

    def states(self) -> list[str]:
        return json.loads(self.run(LIST))

    def start_worker(self) -> subprocess.Popen[bytes]:
        with self.server.log.open("ab") as log:
            process = subprocess.Popen([GATEHOUSE, "worker"], env=self.server.environ, stdout=log, stderr=log)
        self.workers.append(process)
        return process

    def end_workers(self) -> None:
        while self.workers:
            process = self.workers.pop()
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def _hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    hub = Hub(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.server.__exit__(None, None, None)


@pytest.fixture
def hub(_hub: Hub, mail_server: MailServer) -> Iterator[Hub]:
    _hub.server.environ["GATEHOUSE_EMAIL_URL"] = mail_server.url
    yield _hub
    _hub.end_workers()


def wait_for(true: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def test_a_worker_killed_between_two_letters_doubles_none(hub: Hub, mail_server: MailServer) -> None:
    hub.run(PUT.format(count=5))
    process = hub.start_worker()

    def kill_at_the_third() -> None:
        if len(mail_server.received) == 2:
            mail_server.on_letter = lambda: None
            os.kill(process.pid, signal.SIGKILL)

    mail_server.on_letter = kill_at_the_third
    wait_for(lambda: process.poll() is not None, hub.server.log_tail)
    assert hub.states() == ["sent", "sent", "sending", "waiting", "waiting"]
    hub.run(END_LEASES)
    hub.start_worker()
    wait_for(lambda: len(mail_server.received) >= 5, hub.server.log_tail)
    assert len(set(mail_server.message_ids)) == len(mail_server.received) == 5


def test_two_workers_send_each_letter_once(hub: Hub, mail_server: MailServer) -> None:
    hub.run(PUT.format(count=30))
    workers = [hub.start_worker(), hub.start_worker()]
    wait_for(lambda: len(mail_server.received) >= 30, hub.server.log_tail)
    for process in workers:
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert len(set(mail_server.message_ids)) == len(mail_server.received) == 30
    assert set(hub.states()) == {"sent"}


def test_letters_wait_for_the_mail_server_and_arrive_by_themselves(hub: Hub, mail_server: MailServer) -> None:
    mail_server.stop()
    hub.run(PUT.format(count=2))
    hub.start_worker()
    wait_for(lambda: "sending letters" in hub.server.log_tail(), hub.server.log_tail)
    mail_server.start()
    wait_for(lambda: len(mail_server.received) == 2, hub.server.log_tail)


def test_a_worker_told_to_stop_finishes_its_letter(hub: Hub, mail_server: MailServer) -> None:
    hub.run(PUT.format(count=3))
    process = hub.start_worker()
    mail_server.on_letter = process.terminate
    assert process.wait(timeout=30) == 0
    assert hub.states() == ["sent", "waiting", "waiting"]


PUT_GARBAGE = """
import os
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from django.utils import timezone
from gatehouse.repos import clean_up
from gatehouse.repos.models import CleanUp
from gatehouse.repos.repositories import blobs
for number in range(200):
    path = blobs().path(blobs().receive([str(number).encode()]).oid)
    os.utime(path, (0, 0))
clean_up.claim(timezone.now())
CleanUp.objects.update(next_at=timezone.now())
"""


def test_one_of_several_workers_frees_what_nobody_needs(hub: Hub, mail_server: MailServer) -> None:
    """Letters do not wait for it."""
    hub.run(PUT_GARBAGE)
    hub.run(PUT.format(count=3))
    stored = hub.server.data / "blobs"
    for _ in range(3):
        hub.start_worker()
    wait_for(lambda: not list(stored.glob("??/??/*")), hub.server.log_tail)
    wait_for(lambda: len(mail_server.received) == 3, hub.server.log_tail)
    wait_for(lambda: "freed 200 files" in hub.server.log_tail(), hub.server.log_tail)
    assert hub.server.log.read_text().count("that nobody needs") == 1


def test_a_worker_ends_at_once_while_it_waits_to_clean_up(hub: Hub) -> None:
    hub.run(PUT_GARBAGE)
    with (hub.server.data / "stores.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # as a backup holds it
        seen = hub.server.data / "worker.seen"
        seen.unlink(missing_ok=True)  # left by a worker of before
        process = hub.start_worker()
        wait_for(seen.exists, hub.server.log_tail)
        time.sleep(1)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert list((hub.server.data / "blobs").glob("??/??/*"))
