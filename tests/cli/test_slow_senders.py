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

# With a cookie that anybody can make up the form is read; without one it is refused at once.
PATH, HEADERS = "/login", {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"gatehouse_csrf={'a' * 32}"}


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
    while (found := _ask(server, "POST")) != (403, None):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def _slow_sender(server: LiveServer) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port))
    lines = [f"POST {PATH} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Content-Length: 100"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    connection.sendall("\r\n".join([*lines, "", "l"]).encode())
    return connection


def _ask(server: LiveServer, method: str) -> tuple[int, str | None]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request(method, *((PATH, "login=alice", HEADERS) if method == "POST" else ("/models",)))
        answer = connection.getresponse()
        return answer.status, answer.headers["Retry-After"]
