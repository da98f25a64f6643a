"""People who send slowly, or on purpose never to an end: they take some of the hub's threads, not all of them."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from select import select

import pytest

from gatehouse.config.senders import SENDERS_AT_ONCE
from gatehouse.storage.lean_door import DRAINING_AT_ONCE
from live import LiveServer

pytestmark = pytest.mark.once

SLOW = (
    b"POST /oauth/token HTTP/1.1\r\nHost: %b\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 100\r\n\r\ng"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path)
    server.start("--workers", "1")
    yield server
    server.stop()


def test_slow_senders_leave_threads_to_all_others(server: LiveServer):
    with ExitStack() as senders:
        slow = [senders.enter_context(_slow_sender(server)) for _ in range(SENDERS_AT_ONCE + DRAINING_AT_ONCE + 1)]
        assert select(slow, [], [], 20)[0], "one of them is told that it is one too many"
        assert _ask(server, "POST") == (503, "2")
        assert _ask(server, "GET") == (200, None)
    deadline = time.monotonic() + 20
    while (found := _ask(server, "POST")) != (400, None):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def _slow_sender(server: LiveServer) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(SLOW % server.url.removeprefix("http://").encode())
    return connection


def _ask(server: LiveServer, method: str) -> tuple[int, str | None]:
    form = ("/oauth/token", "grant_type=none", {"Content-Type": "application/x-www-form-urlencoded"})
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request(method, *(form if method == "POST" else ("/models",)))
        answer = connection.getresponse()
        return answer.status, answer.headers["Retry-After"]
