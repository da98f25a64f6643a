"""A commit of a hundred megabytes of text is read as it comes: the server's memory stays flat."""

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from live import LiveServer

FILES = 12
TEXT = b"a line of text that says nothing\n" * 275_000  # 9 MB, below what the clients send by LFS
MOST_MIB = 200


def lines() -> Iterator[bytes]:
    yield json.dumps({"key": "header", "value": {"summary": "Much text"}}).encode() + b"\n"
    content = base64.b64encode(TEXT).decode()
    for number in range(FILES):
        value = {"path": f"{number}.txt", "content": content, "encoding": "base64"}
        yield json.dumps({"key": "file", "value": value}).encode() + b"\n"


def peak_mib(pid: int) -> int:
    """How much memory a process ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def family(pid: int) -> list[int]:
    """Give a process and all that descend from it."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(each for child in children for each in family(child))]


def test_memory_stays_flat(own_server: Callable[..., LiveServer]) -> None:
    server = own_server()
    server.cli("user", "create", "alice", "--email", "a@example.org", "--password-stdin", stdin="long enough")
    headers = {"Authorization": f"Bearer {server.cli('token', 'create', 'alice', '--role', 'write')}"}

    def post(path: str, kind: str, body: Iterator[bytes], length: int) -> dict[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=100)
        connection.request("POST", path, body, headers | {"Content-Type": kind, "Content-Length": str(length)})
        told = json.loads(connection.getresponse().read())
        connection.close()
        return dict(told)

    new = json.dumps({"name": "text"}).encode()
    post("/api/repos/create", "application/json", iter([new]), len(new))
    assert server.process is not None
    before = max(peak_mib(pid) for pid in family(server.process.pid))
    length = sum(map(len, lines()))
    told = post("/api/models/alice/text/commit/main", "application/x-ndjson", lines(), length)
    assert told["success"] is True
    assert length > 100_000_000
    assert max(peak_mib(pid) for pid in family(server.process.pid)) - before < MOST_MIB
