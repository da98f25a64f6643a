"""Stands between clients and a hub, notes what is asked and how many bytes are sent, and refuses what it is told to."""

import http.client
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

Answer = tuple[int, dict[str, str], bytes]
NOT_PASSED_ON = {"connection", "content-length", "date", "server", "transfer-encoding"}


class Asked(NamedTuple):
    """A request, the bytes of its body, and the status of the answer."""

    method: str
    path: str
    sent: int
    status: int


class Relay:
    """A relay at `url` to the hub at `behind`; a context manager.

    `refused` are the statuses for addresses that hold these words.
    """

    def __init__(self) -> None:
        self.behind = ""
        self.asked: list[Asked] = []
        self.refused: dict[str, int] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self.answer))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def count(self, method: str, word: str) -> int:
        return sum(each.method == method and word in each.path for each in self.asked)

    def sent(self, method: str, word: str) -> int:
        """Give the bytes sent by this method to addresses that hold this word."""
        return sum(each.sent for each in self.asked if each.method == method and word in each.path)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        status = next((status for word, status in self.refused.items() if word in path), None)
        found = (status, {}, b"") if status else self._ask(method, path, headers, body)
        self.asked.append(Asked(method, path, len(body), found[0]))
        return found

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.behind).netloc, timeout=100)
        try:
            connection.request(method, path, body, headers | {"Content-Length": str(len(body))})
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    """Takes one request whole, has it answered, and passes that on."""

    protocol_version = "HTTP/1.1"

    def __init__(self, answer: Callable[[str, str, dict[str, str], bytes], Answer], *connection: Any) -> None:
        self._answer = answer
        super().__init__(*connection)

    def do_GET(self) -> None:
        headers = _passed_on(dict(self.headers.items()))
        status, given, data = self._answer(self.command, self.path, headers, self._body())
        self.send_response(status)
        for name, value in (_passed_on(given) | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if "Transfer-Encoding" not in self.headers:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = list[bytes]()
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)


def _passed_on(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in NOT_PASSED_ON}
