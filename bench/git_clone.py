"""Clones: against `git http-backend`, and before and after packing; pages of a large folder. Run by `make bench`."""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import hub

from live import LiveServer
from postgres import free_port

ROUNDS = 9
FILES = 2000
MANY = 50_000
PAGE = 1000
COMMITS = 1000

Row = dict[str, object]


def fill() -> tuple[Path, str]:
    """Make a repo of 2,000 files of 1 to 8 KiB and one of 50,000; give the first one's folder and Alice's token."""
    from gatehouse.accounts.people import create_user
    from gatehouse.accounts.tokens import create_token
    from gatehouse.repos import commits
    from gatehouse.repos.repositories import create_repo, git_path
    from gatehouse.storage.git_operations import Put

    alice, dice = create_user("alice", email="alice@example.org", password=None), random.Random(1)
    code = create_repo(alice.namespace, "code", "model", creator=alice)
    puts = [Put(f"src/{n % 50}/{n}.py", dice.randbytes(dice.randint(512, 4096)).hex().encode()) for n in range(FILES)]
    commits.commit(code, "main", puts, user=alice, message="Add code")
    subprocess.run(["git", "gc", "-q"], cwd=git_path(code.public_id), check=True)
    tree = create_repo(alice.namespace, "tree", "model", creator=alice)
    puts = [Put(f"data/{n:05}.txt", b"%d" % (n % 100)) for n in range(MANY)]
    commits.commit(tree, "main", puts, user=alice, message="Add data")
    code.gated = "manual"
    code.save()
    return git_path(code.public_id), create_token(alice, scope="read")


def timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def clone(url: str, folder: Path) -> None:
    """Clone without files in the work tree: what the server takes, and as little else as possible."""
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}
    subprocess.run(["git", "clone", "-q", "--bare", url, folder], check=True, env=environment)
    shutil.rmtree(folder)


def clones(server: LiveServer, path: Path, token: str, folder: Path) -> Row:
    port = free_port()
    command = ["--interface", "wsgi", "--port", str(port), "--blocking-threads", "8", "--log-level", "error"]
    backend = subprocess.Popen(
        [sys.executable, "-m", "granian", *command, "http_backend:app"],
        cwd=Path(__file__).with_name("baselines"),
        env=os.environ | {"BENCH_REPOS": str(path.parent)},
    )
    try:
        ours = server.url.replace("://", f"://any:{token}@") + "/alice/code"
        theirs = f"http://127.0.0.1:{port}/{path.name}"
        wait_for(theirs + "/info/refs?service=git-upload-pack")
        pairs = []
        for turn in range(ROUNDS + 1):
            run = [lambda: clone(ours, folder / "clone"), lambda: clone(theirs, folder / "clone")]
            first, second = (timed(each) for each in (run if turn % 2 else run[::-1]))
            pairs.append((first, second) if turn % 2 else (second, first))
    finally:
        backend.terminate()
        backend.wait()
    pairs = pairs[1:]
    ratio = statistics.median(a / b for a, b in pairs)
    times = [statistics.median(times) for times in zip(*pairs, strict=True)]
    return {
        "what": f"clone of {FILES:,} files from a gated repo, hub / git http-backend",
        "measured": f"{ratio:.2f} times ({1000 * times[0]:.0f} ms / {1000 * times[1]:.0f} ms)",
        "goal": "at most 1.5 times",
        "met": ratio <= 1.5,
    }


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


def pages(server: LiveServer) -> Row:
    """Walk all pages of the large folder as the clients do, following `Link`."""
    url, taken = f"{server.url}/api/models/alice/tree/tree/main/data?limit={PAGE}", list[float]()
    urllib.request.urlopen(f"{server.url}/api/models/alice/tree").read()  # what a process loads at its first page
    while url:
        began = time.perf_counter()
        with urllib.request.urlopen(url) as answer:
            entries, link = json.load(answer), answer.headers.get("Link", "")
        taken.append(1000 * (time.perf_counter() - began))
        assert entries
        url = link.partition("<")[2].partition(">")[0]
    assert len(taken) == MANY // PAGE
    return {
        "what": f"a page of {PAGE:,} from a folder of {MANY:,} files, median of all pages",
        "measured": f"{statistics.median(taken):.1f} ms (slowest {max(taken):.0f} ms)",
        "goal": "under 50 ms",
        "met": statistics.median(taken) < 50,
    }


def packing(folder: Path) -> Row:
    """Commit often to one repo, and clone it before and after the worker has packed it."""
    from gatehouse.accounts.models import User
    from gatehouse.repos import commits
    from gatehouse.repos.repositories import create_repo, git_path
    from gatehouse.storage import git_upkeep
    from gatehouse.storage.git_operations import Put

    alice = User.objects.get(username="alice")
    often = create_repo(alice.namespace, "often", "model", creator=alice)
    for n in range(COMMITS):
        commits.commit(often, "main", [Put(f"logs/{n % 500}.json", b"%d" % n)], user=alice, message=f"Commit {n}")
    path, taken = git_path(often.public_id), list[float]()
    for turn in range(2):
        if turn:
            git_upkeep.tidy(path, datetime.now(UTC))
        began = os.times()
        clone(path.as_uri(), folder / "clone")
        ended = os.times()
        used = ended.children_user + ended.children_system - began.children_user - began.children_system
        taken.append(1000 * used)
    return {
        "what": f"processor time of a clone after {COMMITS:,} commits by the API, loose / packed by the worker",
        "measured": f"{taken[0] / taken[1]:.1f} times ({taken[0]:.0f} ms / {taken[1]:.0f} ms)",
        "goal": "at least 3 times",
        "met": taken[0] >= 3 * taken[1],
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as name, hub.serving(Path(name)) as server:
        path, token = fill()
        print(json.dumps([clones(server, path, token, Path(name)), pages(server), packing(Path(name))]))


if __name__ == "__main__":
    main()
