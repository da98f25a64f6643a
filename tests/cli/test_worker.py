"""The real `gatehouse worker` in processes of its own, and a real mail server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
            worker = subprocess.Popen([GATEHOUSE, "worker"], env=self.server.environ, stdout=log, stderr=log)
        self.workers.append(worker)
        return worker

    def end_workers(self) -> None:
        while self.workers:
            worker = self.workers.pop()
            worker.kill()
            worker.wait()


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
    worker = hub.start_worker()

    def kill_at_the_third() -> None:
        if len(mail_server.received) == 2:
            mail_server.on_letter = lambda: None
            os.kill(worker.pid, signal.SIGKILL)

    mail_server.on_letter = kill_at_the_third
    wait_for(lambda: worker.poll() is not None, hub.server.log_tail)
    assert hub.states() == ["sent", "sent", "sending", "waiting", "waiting"]
    hub.run(END_LEASES)
    hub.start_worker()
    wait_for(lambda: len(mail_server.received) >= 5, hub.server.log_tail)
    assert len(set(mail_server.message_ids)) == len(mail_server.received) == 5


def test_two_workers_send_each_letter_once(hub: Hub, mail_server: MailServer) -> None:
    hub.run(PUT.format(count=30))
    workers = [hub.start_worker(), hub.start_worker()]
    wait_for(lambda: len(mail_server.received) >= 30, hub.server.log_tail)
    for worker in workers:
        worker.terminate()
        assert worker.wait(timeout=20) == 0
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
    worker = hub.start_worker()
    mail_server.on_letter = worker.terminate
    assert worker.wait(timeout=30) == 0
    assert hub.states() == ["sent", "waiting", "waiting"]
