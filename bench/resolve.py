"""A gated file for somebody who was accepted, 32 connections: the hub against a bare Starlette app.

Run by `make bench`. One process each, both up all the time and loaded in turns. It needs wrk.
"""

import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import hub
from baselines import environment

from postgres import free_port

ROUNDS = 7
SECONDS = 3
CONNECTIONS = 32
OTHERS = 500  # people with tokens and requests besides the one who asks
FILE = "/alice/weights/resolve/main/config.json"
CONFIG = json.dumps({"model_type": "tiny", "hidden_size": 64, "notes": "x" * 700}).encode()


def fill_hub() -> str:
    """Make Alice's gated repo, people who ask for it, and Carol, who was accepted; give Carol's token."""
    from gatehouse.access import access_requests
    from gatehouse.accounts.people import create_user
    from gatehouse.accounts.tokens import create_token
    from gatehouse.repos.repositories import create_repo

    alice = create_user("alice", email="alice@example.org", password=None)
    repo = create_repo(alice.namespace, "weights", "model", creator=alice, files={"config.json": CONFIG})
    repo.gated = "manual"
    repo.save()
    token = ""
    for name in [*(f"person{number}" for number in range(OTHERS)), "carol"]:
        person = create_user(name, email=f"{name}@example.org", password=None)
        access_requests.grant(repo, person, by=alice)
        token = create_token(person, scope="read")
    return token


def fill_baseline(data: Path, token: str) -> None:
    """Put the same into the baseline's tables."""
    import hashlib

    sha, oid = "1" * 40, hashlib.sha256(CONFIG).hexdigest()
    (data / "files").mkdir()
    (data / "files" / oid).write_bytes(CONFIG)
    people = range(2, OTHERS + 3)
    digests = [(hashlib.sha256(str(person).encode()).hexdigest(), person) for person in people[:-1]]
    digests.append((hashlib.sha256(token.encode()).hexdigest(), people[-1]))
    with sqlite3.connect(data / "baseline.sqlite3") as database:
        database.executescript("""
            PRAGMA journal_mode=WAL;
            CREATE TABLE user (id INTEGER PRIMARY KEY, active INTEGER);
            CREATE TABLE token (digest TEXT PRIMARY KEY, user_id INTEGER);
            CREATE TABLE repo (id INTEGER PRIMARY KEY, key TEXT UNIQUE, owner_id INTEGER, gated TEXT);
            CREATE TABLE request (repo_id INTEGER, user_id INTEGER, status TEXT, PRIMARY KEY (repo_id, user_id));
            CREATE TABLE branch (repo_id INTEGER, name TEXT, sha TEXT, PRIMARY KEY (repo_id, name));
            CREATE TABLE file (sha TEXT, path TEXT, oid TEXT, size INTEGER, PRIMARY KEY (sha, path));
            INSERT INTO repo VALUES (1, 'alice/weights', 1, 'manual');
        """)
        database.executemany("INSERT INTO user VALUES (?, 1)", [(person,) for person in people])
        database.executemany("INSERT INTO token VALUES (?, ?)", digests)
        database.executemany("INSERT INTO request VALUES (1, ?, 'accepted')", [(person,) for person in people])
        database.execute("INSERT INTO branch VALUES (1, 'main', ?)", (sha,))
        database.execute("INSERT INTO file VALUES (?, 'config.json', ?, ?)", (sha, oid, len(CONFIG)))


def start_baseline(data: Path, port: int) -> subprocess.Popen[bytes]:
    command = ["-m", "uvicorn", "starlette_app:app", "--port", str(port), "--workers", "1", "--no-access-log"]
    return subprocess.Popen(
        [environment.python(), *command, "--log-level", "error"],
        cwd=Path(environment.__file__).parent,
        env=os.environ | {"BENCH_DATA": str(data)},
    )


def fetch(url: str, token: str) -> bytes:
    """GET once, to see that both answer the same and are warm."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                return bytes(answer.read())
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def load(url: str, token: str, *headers: str) -> float:
    """Ask as fast as CONNECTIONS connections can for SECONDS, and give the answers per second; none may fail."""
    lines = [part for header in (f"Authorization: Bearer {token}", *headers) for part in ("-H", header)]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *lines, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])


def compare(sides: dict[str, tuple[str, int]], token: str) -> dict[str, tuple[float, float]]:
    """Give each side's median answers per second, and its median processor time per answer in µs; `ratio` of each."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, (url, pid) in sides.items():
            began = hub.cpu_seconds(pid)
            rate = load(url, token)
            found[name].append((rate, 1e6 * (hub.cpu_seconds(pid) - began) / (rate * SECONDS)))
    pairs = zip(found["hub"], found["baseline"], strict=True)
    found["ratio"] = [(ours[0] / theirs[0], ours[1] / theirs[1]) for ours, theirs in pairs]
    return {name: (middle(x for x, _ in rows), middle(y for _, y in rows)) for name, rows in found.items()}


def middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def measure(folder: Path) -> dict[str, tuple[float, float]]:
    with hub.serving(folder) as server:
        token = fill_hub()
        data, port = folder / "baseline", free_port()
        data.mkdir()
        fill_baseline(data, token)
        baseline = start_baseline(data, port)
        try:
            sides = {
                "hub": (server.url + FILE, hub.web_process(server)),
                "baseline": (f"http://127.0.0.1:{port}{FILE}", baseline.pid),
            }
            for url, _ in sides.values():
                assert fetch(url, token) == CONFIG
                load(url, token)
            return compare(sides, token)
        finally:
            baseline.terminate()
            baseline.wait()


def main() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("This benchmark needs wrk: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        found = measure(Path(folder))
    ours, theirs, ratio = found["hub"], found["baseline"], found["ratio"]
    what = f"GET of a gated file by an accepted user, {CONNECTIONS} connections, one process each"
    rows = [
        {
            "what": f"{what}: answers per second, hub / Starlette",
            "measured": f"{ratio[0]:.2f} ({ours[0]:,.0f} / {theirs[0]:,.0f})",
            "goal": "at least 0.5",
            "met": ratio[0] >= 0.5,
        },
        {
            "what": "the same: processor time per answer, hub / Starlette",
            "measured": f"{ratio[1]:.2f} ({ours[1]:.0f} / {theirs[1]:.0f} µs)",
            "goal": "",
            "met": None,
        },
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
