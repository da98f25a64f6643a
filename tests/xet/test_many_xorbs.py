"""64 xorbs on their way at once, as many as a client sends, are on disk and not in memory. `bench/xet.py` sends whole ones."""

import http.client
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import pytest

from gatehouse.storage.crc64 import crc64_nvme
from gatehouse.storage.xet.hashes import chunk_hash, to_hex, xorb_hash
from live import LiveServer
from xet.samples import pack_chunk

pytestmark = pytest.mark.once
AT_ONCE = 64
CHUNK, CHUNKS = 64 * 1024, 128  # 8 MiB each, 512 MiB together
REST = [number.to_bytes(2, "big") * (CHUNK // 2) for number in range(1, CHUNKS)]
BODY = b"".join(map(pack_chunk, REST))
HASHES = b"".join(map(chunk_hash, REST))
MOST_MIB = 250


def peak_mib(pid: int) -> int:
    """Give the most memory that a process or one that descends from it ever held."""
    peak = int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
    children = [
        each for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()
    ]
    return max([peak, *(peak_mib(int(child)) for child in children)])


def ask(
    server: LiveServer, method: str, path: str, token: str, *body: bytes | Iterator[bytes], length: int = 0
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Content-Length": str(length)}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=100)) as connection:
        connection.request(method, path, *body, headers=headers)
        return dict(json.load(connection.getresponse()))


# Where to send a xorb of this name and first chunk: method and path.
Target = Callable[[str, bytes, int], tuple[str, str]]


def send_all(server: LiveServer, token: str, target: Target) -> list[object]:
    """Send each half-way, and on only when all have come so far; give what was said of each."""
    half_way = Barrier(AT_ONCE, timeout=100)

    def body(first: bytes) -> Iterator[bytes]:
        yield pack_chunk(first) + BODY[: len(BODY) // 2]
        half_way.wait()
        yield BODY[len(BODY) // 2 :]

    def send(number: int) -> object:
        first = number.to_bytes(4, "big") * (CHUNK // 4)
        name = xorb_hash(chunk_hash(first) + HASHES, [CHUNK] * CHUNKS)
        length = len(pack_chunk(first)) + len(BODY)
        method, path = target(to_hex(name), pack_chunk(first), length)
        return ask(server, method, path, token, body(first), length=length).get("was_inserted")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, range(AT_ONCE)))


@pytest.mark.parametrize("granted", [False, True], ids=["directly", "by grants"])
def test_their_bodies_are_not_in_memory(tmp_path, granted):
    with LiveServer(tmp_path) as server:
        server.stop()
        server.start("--workers", "1")
        server.cli("user", "create", "alice", "--email", "alice@example.org")
        token = server.cli("token", "create", "alice", "--role", "write")
        new = b'{"name": "weights"}'
        ask(server, "POST", "/api/repos/create", token, new, length=len(new))
        given = ask(server, "GET", "/api/models/alice/weights/xet-write-token/main", token)
        cas, token = urlsplit(given["casUrl"]).path, given["accessToken"]

        def direct(name: str, _first: bytes, _length: int) -> tuple[str, str]:
            return "POST", f"{cas}/v1/xorbs/default/{name}"

        def grant(name: str, first: bytes, length: int) -> tuple[str, str]:
            checksum = {"algo": "crc64nvme", "value": str(crc64_nvme(BODY, crc64_nvme(first)))}
            said = json.dumps({"length": length, "checksum": checksum}).encode()
            found = ask(server, "POST", f"{cas}/v1/xorb-grants/default/{name}", token, said, length=len(said))
            return found["method"], urlsplit(found["url"]).path

        before = peak_mib(server.process.pid)
        assert send_all(server, token, grant if granted else direct) == [True] * AT_ONCE
        assert peak_mib(server.process.pid) - before < MOST_MIB
