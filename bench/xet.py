"""Xet by a stock client: what a changed file adds to the store, its pace beside LFS, memory under 64 xorbs at once."""

import hashlib
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "xet")]
import samples
from hub import peak_mib, reset_peak, resident_mib, web_process

from clients import environments, running
from gatehouse.storage.xet import hashes
from live import LiveServer

MEBIBYTE = 1024 * 1024
SIZE = 256 * MEBIBYTE
PERCENT = SIZE // 100
ROUNDS = 5
AT_ONCE = 64
CHUNK, CHUNKS = 64 * 1024, 1024
UPLOAD = """
import sys, time
from huggingface_hub import HfApi
HfApi().create_repo(sys.argv[1], exist_ok=True)
began = time.perf_counter()
HfApi().upload_file(path_or_fileobj=sys.argv[2], path_in_repo="model.bin", repo_id=sys.argv[1])
print(time.perf_counter() - began)
"""
DOWNLOAD = """
import sys, time
from huggingface_hub import hf_hub_download
began = time.perf_counter()
hf_hub_download(sys.argv[1], "model.bin")
print(time.perf_counter() - began)
"""

FETCH_AND_HASH = """
import hashlib, sys, time
from huggingface_hub import hf_hub_download
began = time.perf_counter()
path = hf_hub_download(sys.argv[1], "model.bin")
print(time.perf_counter() - began)
with open(path, "rb") as file:
    if hashlib.file_digest(file, "sha256").hexdigest() != sys.argv[2]:
        sys.exit("another file came back")
"""
VERY_LARGE = (9 << 29) + 12345  # 4.5 GiB and a bit

Row = dict[str, object]


class Bench:
    """A server of one worker with Alice on it, and clients that each start in an empty home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = LiveServer(folder)
        self.server.start("--workers", "1")
        self.server.cli("user", "create", "alice", "--email", "alice@example.org")
        self.token = self.server.cli("token", "create", "alice", "--role", "write")

    def client(self, script: str, *arguments: str, xet: bool = True) -> float:
        """Run a script by the newest client and give the seconds that it prints."""
        home = self.folder / f"home-{random.getrandbits(64):x}"
        env = running.environment(home, self.server.url, self.token) | ({} if xet else {"HF_HUB_DISABLE_XET": "1"})
        env |= {"PYTHONWARNINGS": "ignore"}
        python = environments.folder("hub-newest") / "bin" / "python"
        done = subprocess.run(
            [python, "-c", script, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        shutil.rmtree(home)
        return float(done.stdout)

    def stored(self) -> int:
        return sum(path.stat().st_size for path in (self.server.data / "xet").glob("??/??/*"))


def variants(base: bytes) -> Iterator[tuple[str, bytes, float]]:
    """Yield what is done to the file, the file, and below how many percent of it the store may grow."""
    middle = SIZE // 2
    yield "the same by a fresh client", base, 0.5
    yield "1 % changed in one block", base[:middle] + os.urandom(PERCENT) + base[middle + PERCENT :], 5
    yield "1 % inserted in the middle", base[:middle] + os.urandom(PERCENT) + base[middle:], 5
    spread = bytearray(base)
    for start in range(PERCENT // 2, SIZE - PERCENT, PERCENT):
        spread[start : start + PERCENT // 100] = os.urandom(PERCENT // 100)
    yield "1 % changed in 100 places", bytes(spread), 15


def growth(bench: Bench) -> list[Row]:
    path, base, rows = bench.folder / "file.bin", os.urandom(SIZE), list[Row]()
    path.write_bytes(base)
    bench.client(UPLOAD, "alice/grows", str(path))
    for what, data, goal in variants(base):
        path.write_bytes(data)
        before = bench.stored()
        bench.client(UPLOAD, "alice/grows", str(path))
        rows.append(row(f"the store grows by: {what}", (bench.stored() - before) / SIZE * 100, "%", goal))
    return rows


def pace(bench: Bench) -> list[Row]:
    """Send and fetch a new file of 256 MiB by either protocol, in turns, in repos of their own."""
    taken: dict[tuple[str, bool], list[float]] = {}
    path = bench.folder / "file.bin"
    for number in range(ROUNDS):
        path.write_bytes(os.urandom(SIZE))
        for xet in (True, False) if number % 2 else (False, True):
            repo_id = f"alice/pace-{number}-{'xet' if xet else 'lfs'}"
            taken.setdefault(("upload", xet), []).append(bench.client(UPLOAD, repo_id, str(path), xet=xet))
            taken.setdefault(("download", xet), []).append(bench.client(DOWNLOAD, repo_id, xet=xet))
        rebuilt = bench.client(DOWNLOAD, f"alice/pace-{number}-xet", xet=False)
        taken.setdefault(("rebuilt", False), []).append(rebuilt)
    by_xet, by_lfs = taken["upload", True], taken["upload", False]
    down_by_xet, down_by_lfs, rebuilt = taken["download", True], taken["download", False], taken["rebuilt", False]
    return [
        row("upload of 256 MiB, Xet : LFS", ratio(by_xet, by_lfs), "x", 1.5),
        row("download of 256 MiB, Xet : LFS", ratio(down_by_xet, down_by_lfs), "x", 1.2),
        row("the same by plain HTTP, rebuilt from xorbs : from a file", ratio(rebuilt, down_by_lfs), "x"),
        row("upload by Xet", SIZE / statistics.median(by_xet) / 1e6, "MB/s"),
    ]


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Give the median of the rounds' ratios: what slows the machine slows both sides of a round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def crowd(bench: Bench) -> list[Row]:
    """Send 64 whole xorbs at once, each its own, and watch the server's memory."""
    chunks = [os.urandom(CHUNK) for _ in range(CHUNKS)]
    rest = b"".join(samples.pack_chunk(chunk, samples.RAW) for chunk in chunks[1:])
    rest_hashes = b"".join(map(hashes.chunk_hash, chunks[1:]))
    given = _get(bench, "/api/models/alice/grows/xet-write-token/main")
    cas, token = urlsplit(str(given["casUrl"])).path, str(given["accessToken"])

    def send(number: int) -> int:
        first = number.to_bytes(8, "big") + chunks[0][8:]
        name = hashes.xorb_hash(hashes.chunk_hash(first) + rest_hashes, [CHUNK] * CHUNKS)
        head = samples.pack_chunk(first, samples.RAW)
        connection = http.client.HTTPConnection("127.0.0.1", bench.server.port)
        headers = {"Authorization": f"Bearer {token}", "Content-Length": str(len(head) + len(rest))}
        body = (part[at : at + MEBIBYTE] for part in (head, rest) for at in range(0, len(part), MEBIBYTE))
        connection.request("POST", f"{cas}/v1/xorbs/default/{hashes.to_hex(name)}", body, headers)
        return connection.getresponse().status

    pid = web_process(bench.server)
    reset_peak(pid)
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = set(pool.map(send, range(AT_ONCE)))
    if statuses != {200}:
        raise SystemExit(f"the xorbs were answered with {statuses}")
    rate = AT_ONCE * CHUNKS * CHUNK / (time.perf_counter() - began) / 1e6
    return [
        row(f"memory of the web process while {AT_ONCE} xorbs of 64 MiB arrive at once", peak_mib(pid), "MiB", 400),
        row("their rate together", rate, "MB/s"),
    ]


def _get(bench: Bench, path: str) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", bench.server.port)
    connection.request("GET", path, headers={"Authorization": f"Bearer {bench.token}"})
    found: dict[str, object] = json.load(connection.getresponse())
    return found


def rebuilding(bench: Bench) -> list[Row]:
    """Fetch a file by plain HTTP that the server makes of xorbs, and watch its memory."""
    pid = web_process(bench.server)
    reset_peak(pid)
    before = resident_mib(pid)
    bench.client(DOWNLOAD, "alice/grows", xet=False)
    return [row("memory that rebuilding 256 MiB adds", peak_mib(pid) - before, "MiB", 50)]


def very_large(bench: Bench) -> list[Row]:
    """Send a file of more than 4 GiB, mostly empty, and have it back in full, by Xet and by plain HTTP."""
    path = bench.folder / "very-large.bin"
    with path.open("wb") as file:
        file.truncate(VERY_LARGE)
        for place in (*range(0, VERY_LARGE, SIZE), (1 << 32) - MEBIBYTE, VERY_LARGE - 2 * MEBIBYTE):
            file.seek(place)
            file.write(os.urandom(2 * MEBIBYTE))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    pid = web_process(bench.server)
    reset_peak(pid)
    sent = bench.client(UPLOAD, "alice/very-large", str(path))
    path.unlink()
    by_xet = bench.client(FETCH_AND_HASH, "alice/very-large", digest)
    by_http = bench.client(FETCH_AND_HASH, "alice/very-large", digest, xet=False)
    took = {"send": sent, "fetch by Xet": by_xet, "fetch by plain HTTP": by_http}
    what = "a file of 4.5 GiB, mostly empty, and the same back"
    memory = row(f"memory of the web process amid {what}", peak_mib(pid), "MiB", 400)
    return [*(row(f"{verb}: {what}", seconds, "s") for verb, seconds in took.items()), memory]


def row(what: str, value: float, unit: str, below: float | None = None) -> Row:
    goal, met = (f"under {below:g} {unit}", value < below) if below is not None else ("", None)
    return {"what": what, "measured": f"{value:.3g} {unit}", "goal": goal, "met": met}


if __name__ == "__main__":
    if not environments.is_built("hub-newest"):
        raise SystemExit("the client environment hub-newest is not built: make clients")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            print(json.dumps([*growth(bench), *rebuilding(bench), *pace(bench), *crowd(bench), *very_large(bench)]))
        finally:
            bench.server.stop()
