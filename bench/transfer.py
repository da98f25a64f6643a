"""1 GiB down and up: the hub against nginx's sendfile, and against a plain loop that hashes, writes and syncs.

Run by `make bench`. It needs nginx and curl.
"""

import hashlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import hub
from baselines import nginx

from live import LiveServer
from postgres import free_port

ROUNDS = 5
MIB = 1024 * 1024
GIB = 1024 * MIB
STREAMS = 8
RANGES = 16
FILE = "/alice/weights/resolve/main/model.safetensors"
PAGE = "/alice/weights/resolve/main/README.md"

Row = dict[str, object]


@dataclass(frozen=True)
class Side:
    """One of the two servers: where its file is, and what to send along."""

    url: str
    headers: tuple[str, ...] = ()

    def fetch(self, *options: str) -> None:
        """Download with curl and forget; raises CalledProcessError unless it came in full."""
        headers = [word for header in self.headers for word in ("-H", header)]
        subprocess.run(["curl", "-sSf", "-o", "/dev/null", *headers, *options, self.url], check=True)


def timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def compare(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float, float]:
    """Run both in turns; give the median seconds of each and the median ratio."""
    pairs = [(timed(ours), timed(theirs)) for _ in range(ROUNDS)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def row(what: str, found: tuple[float, float, float], most: float) -> Row:
    ours, theirs, ratio = found
    measured = f"{ratio:.2f} times ({ours:.2f} s / {theirs:.2f} s)"
    return {"what": what, "measured": measured, "goal": f"at most {most:g} times", "met": ratio <= most}


def limit(what: str, value: float, unit: str, most: float) -> Row:
    return {"what": what, "measured": f"{value:.1f} {unit}", "goal": f"under {most:g} {unit}", "met": value < most}


def fill(source: Path) -> str:
    """Make Alice's gated repo with a file of 1 GiB, and Carol, who was accepted; give Carol's token."""
    from gatehouse.access import access_requests
    from gatehouse.accounts.people import create_user
    from gatehouse.accounts.tokens import create_token
    from gatehouse.repos import commits, possession
    from gatehouse.repos.repositories import blobs, create_repo
    from gatehouse.storage.git_operations import Put
    from gatehouse.storage.pointers import make_pointer

    alice = create_user("alice", email="alice@example.org", password=None)
    carol = create_user("carol", email="carol@example.org", password=None)
    repo = create_repo(alice.namespace, "weights", "model", creator=alice, files={"README.md": b"# Weights\n"})
    repo.gated = "manual"
    repo.save()
    access_requests.grant(repo, carol, by=alice)
    with source.open("rb") as file:
        blob = blobs().receive(iter(lambda: file.read(MIB), b""))
    possession.take_in(repo.pk, blob, user_pk=alice.pk)
    pointer = Put("model.safetensors", make_pointer(blob.oid, blob.size))
    commits.commit(repo, "main", [pointer], user=alice, message="Add weights")
    return create_token(carol, scope="read") + " " + create_token(alice, scope="write")


def together(side: Side) -> None:
    streams = [threading.Thread(target=side.fetch) for _ in range(STREAMS)]
    for stream in streams:
        stream.start()
    for stream in streams:
        stream.join()


def in_ranges(side: Side) -> None:
    step = GIB // RANGES
    for start in range(0, GIB, step):
        side.fetch("-r", f"{start}-{start + step - 1}")


def heads(side: Side, url: str) -> list[float]:
    """Ask one HEAD after the other while a side's file is downloaded STREAMS times at once; give their milliseconds."""
    busy = threading.Thread(target=together, args=[side])
    busy.start()
    parts, taken = urllib.parse.urlsplit(url), list[float]()
    connection = http.client.HTTPConnection(parts.netloc)
    while busy.is_alive():
        began = time.perf_counter()
        connection.request("HEAD", parts.path)
        connection.getresponse().read()
        taken.append(1000 * (time.perf_counter() - began))
        time.sleep(0.01)
    busy.join()
    connection.close()
    return taken


def download(server: LiveServer, ours: Side, theirs: Side) -> list[Row]:
    pid = hub.web_process(server)
    for side in (ours, theirs):
        side.fetch()
    before = hub.resident_mib(pid)
    hub.reset_peak(pid)
    rows = [
        row("1 GiB downloaded, hub / nginx sendfile", compare(ours.fetch, theirs.fetch), 1.3),
        row(
            f"1 GiB downloaded {STREAMS} times at once, hub / nginx",
            compare(lambda: together(ours), lambda: together(theirs)),
            1.3,
        ),
        row(f"1 GiB in {RANGES} ranges, hub / nginx", compare(lambda: in_ranges(ours), lambda: in_ranges(theirs)), 1.3),
    ]
    taken, reference = heads(ours, server.url + PAGE), heads(theirs, theirs.url)
    rows.append(limit(f"HEAD during {STREAMS} downloads, median of {len(taken)}", statistics.median(taken), "ms", 50))
    rows.append(limit("the same, 95th percentile", statistics.quantiles(taken, n=20)[-1], "ms", 50))
    measured = f"{statistics.median(reference):.1f} ms, {statistics.quantiles(reference, n=20)[-1]:.1f} ms"
    rows.append({"what": "both of nginx during its own downloads", "measured": measured, "goal": "", "met": None})
    rows.append(limit("memory that all this added at its peak", hub.peak_mib(pid) - before, "MiB", 50))
    return rows


def upload_address(server: LiveServer, token: str, oid: str) -> str:
    body = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": GIB}]}
    request = urllib.request.Request(
        server.url + "/alice/incoming.git/info/lfs/objects/batch",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["objects"][0]["actions"]["upload"]["href"])


def plain_loop(source: Path, target: Path) -> None:
    """Do the least that receiving must do: read, hash, write, and make durable."""
    sha = hashlib.sha256()
    with source.open("rb") as incoming, target.open("wb") as file:
        while block := incoming.read(MIB):
            sha.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def upload(server: LiveServer, source: Path, token: str) -> list[Row]:
    from gatehouse.accounts.models import Namespace
    from gatehouse.repos.models import RepoBlob
    from gatehouse.repos.repositories import blobs, create_repo

    alice = Namespace.objects.get(key="alice")
    assert alice.user is not None
    create_repo(alice, "incoming", "model", creator=alice.user)
    with source.open("rb") as file:
        oid = hashlib.file_digest(file, "sha256").hexdigest()

    def ours() -> None:
        url = upload_address(server, token, oid)
        subprocess.run(["curl", "-sSf", "-o", "/dev/null", "-H", "Expect:", "-T", source, url], check=True)

    def theirs() -> None:
        plain_loop(source, source.with_name("copy"))

    pid, pairs = hub.web_process(server), list[tuple[float, float]]()
    before = hub.resident_mib(pid)
    hub.reset_peak(pid)
    for _ in range(ROUNDS):
        RepoBlob.objects.all().delete()
        blobs().delete(oid)
        source.with_name("copy").unlink(missing_ok=True)
        os.sync()
        mine = timed(ours)
        os.sync()
        pairs.append((mine, timed(theirs)))
    middles = (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs))
    found = (*middles, statistics.median(a / b for a, b in pairs))
    return [
        row("1 GiB uploaded and durable, hub / plain loop of read, hash, write, sync", found, 1.6),
        limit("memory that uploading added at its peak", hub.peak_mib(pid) - before, "MiB", 50),
    ]


def main() -> None:
    for program in ("nginx", "curl"):
        if shutil.which(program) is None:
            raise SystemExit(f"This benchmark needs {program}: apt-get install {program}")
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as name:
        folder = Path(name)
        (folder / "files").mkdir()
        source = folder / "files" / "model.safetensors"
        with source.open("wb") as file:
            for _ in range(GIB // MIB):
                file.write(os.urandom(MIB))
        with (
            hub.serving(folder) as server,
            nginx.serving(folder / "nginx", folder / "files", free_port()) as static,
        ):
            reader, writer = fill(source).split()
            ours = Side(server.url + FILE, (f"Authorization: Bearer {reader}",))
            theirs = Side(f"{static}/model.safetensors")
            rows = download(server, ours, theirs) + upload(server, source, writer)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
