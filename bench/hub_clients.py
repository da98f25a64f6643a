"""A day of the newest `huggingface_hub`: 200 small files fetched, 1,000 sent in one commit. Run by `make bench`."""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import hub

from clients import environments, running
from live import LiveServer
from postgres import free_port

FETCHED = 200
SENT = 1000
ROUNDS = 7
CLIENT = "hub-newest"

# Both in one process each, so that starting Python and importing the client does not count.
FETCH = """
import json, sys, tempfile, time
from pathlib import Path
from huggingface_hub import snapshot_download
rounds, files, *endpoints = sys.argv[1:]
pairs = []
for turn in range(int(rounds) + 1):
    taken = {}
    for endpoint in endpoints if turn % 2 else endpoints[::-1]:
        with tempfile.TemporaryDirectory() as cache:
            began = time.perf_counter()
            folder = snapshot_download("alice/small", cache_dir=cache, endpoint=endpoint)
            taken[endpoint] = time.perf_counter() - began
            assert sum(path.is_file() for path in Path(folder).rglob("*")) == int(files) + 1
    pairs.append([taken[endpoint] for endpoint in endpoints])
print(json.dumps(pairs[1:]))
"""
SEND = """
import json, sys, time
from huggingface_hub import HfApi
rounds, folder, files = sys.argv[1:]
api, taken = HfApi(), []
for turn in range(int(rounds)):
    repo_id = api.create_repo(f"alice/sent-{turn}").repo_id
    began = time.perf_counter()
    api.upload_folder(repo_id=repo_id, folder_path=folder)
    taken.append(time.perf_counter() - began)
    assert len(api.list_repo_files(repo_id)) == int(files) + 1
print(json.dumps(taken))
"""

Row = dict[str, object]


def fill() -> str:
    """Make a repo of 200 files of 1 to 8 KiB; give Alice's token."""
    from gatehouse.accounts.people import create_user
    from gatehouse.accounts.tokens import create_token
    from gatehouse.repos import commits
    from gatehouse.repos.repositories import create_repo
    from gatehouse.storage.git_operations import Put

    alice, dice = create_user("alice", email="alice@example.org", password=None), random.Random(1)
    small = create_repo(alice.namespace, "small", "model", creator=alice)
    puts = [
        Put(f"part-{n % 10}/{n}.txt", dice.randbytes(dice.randint(512, 4096)).hex().encode()) for n in range(FETCHED)
    ]
    commits.commit(small, "main", puts, user=alice, message="Add files")
    return create_token(alice, scope="write")


def fetched(server: LiveServer, folder: Path) -> Row:
    port = free_port()
    command = ["--interface", "wsgi", "--port", str(port), "--blocking-threads", "128", "--log-level", "error"]
    ready = subprocess.Popen(
        [sys.executable, "-m", "granian", *command, "ready_made:app"],
        cwd=Path(__file__).with_name("baselines"),
        env=os.environ | {"BENCH_HUB": server.url},
    )
    theirs = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{theirs}/healthz")
        env = running.environment(folder / "reader", server.url)
        pairs = run(FETCH, env, ROUNDS, FETCHED, server.url, theirs)
    finally:
        ready.terminate()
        ready.wait()
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    times = [statistics.median(times) for times in zip(*pairs, strict=True)]
    return {
        "what": f"`snapshot_download` of {FETCHED} small files, hub / ready-made bytes",
        "measured": f"{ratio:.2f} times ({1000 * times[0]:.0f} ms / {1000 * times[1]:.0f} ms)",
        "goal": "at most 1.5 times",
        "met": ratio <= 1.5,
    }


def run(script: str, env: dict[str, str], *arguments: object) -> list:
    command = [running.program(CLIENT, "python"), "-c", script, *map(str, arguments)]
    return running.run(command, env, timeout=900).json


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url).read()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def sent(server: LiveServer, token: str, folder: Path) -> Row:
    dice, files = random.Random(2), folder / "files"
    for n in range(SENT):
        path = files / f"part-{n % 20}" / f"{n}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dice.randbytes(dice.randint(100, 1000)).hex())
    env = running.environment(folder / "writer", server.url, token)
    taken = run(SEND, env, 5, files, SENT)
    median = statistics.median(taken)
    return {
        "what": f"`upload_folder` of {SENT:,} small files in one commit",
        "measured": f"{median:.2f} s",
        "goal": "under 3 s",
        "met": median < 3,
    }


def main() -> list[Row]:
    environments.build(CLIENT)
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as name:
        folder = Path(name)
        with hub.serving(folder) as server:
            token = fill()
            return [fetched(server, folder), sent(server, token, folder)]


if __name__ == "__main__":
    print(json.dumps(main()))
