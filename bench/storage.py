"""Folders of 50,000 files, long histories, and 1 GiB of bytes received. Run by `make bench`."""

import hashlib
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gatehouse.storage.blobs import LocalBlobs
from gatehouse.storage.git_commits import Put, commit
from gatehouse.storage.git_diff import diff
from gatehouse.storage.git_history import count_commits, last_commits, log
from gatehouse.storage.git_repos import Author, create_repo, open_repo, resolve_revision, split_revision
from gatehouse.storage.git_tree import find_entry, list_tree

FILES = 50_000
COMMITS = 5_000
GIB = 1024 * 1024 * 1024
BLOCK = os.urandom(1024 * 1024)
ALICE = Author("Alice", "alice@example.org")

Row = dict[str, object]


def row(what: str, value: float, unit: str, below: float | None = None) -> Row:
    goal, met = (f"under {below:g} {unit}", value < below) if below is not None else ("", None)
    return {"what": what, "measured": f"{value:.3g} {unit}", "goal": goal, "met": met}


def ms(run: Callable[[], object], rounds: int) -> float:
    """Give the median of `rounds` runs, in milliseconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def large_folder(root: Path) -> list[Row]:
    create_repo(root / "files.git", author=ALICE, files={"README.md": b"# Model\n"})
    repo = open_repo(root / "files.git")
    puts = [Put(f"data/train/{number:05}.txt", data=b"%d" % (number % 100)) for number in range(FILES)]
    old = commit(repo, "main", puts, author=ALICE, message="many")
    taken = []
    for page_size, recursive in ((1000, False), (1000, True)):
        cursor, pages = None, 0
        while pages == 0 or cursor is not None:
            began = time.perf_counter()
            _, cursor = list_tree(repo, old, "data/train", recursive=recursive, after=cursor, limit=page_size)
            taken.append((time.perf_counter() - began) * 1000)
            pages += 1

    def commit_one() -> None:
        commit(repo, "main", [Put("data/train/00000.txt", data=os.urandom(8))], author=ALICE, message="one")

    one = ms(commit_one, 9)
    new = resolve_revision(repo, "main")
    unseen = iter(list_tree(repo, new, "data/train", limit=1000)[0])
    small = [Put(f"small/{number}.txt", data=b"%d" % number) for number in range(1000)]
    thousand = ms(lambda: commit(repo, "main", small, author=ALICE, message="a thousand"), 1)
    return [
        row(f"1,000 of {FILES:,} files listed, median page", statistics.median(taken), "ms", 50),
        row(f"1,000 of {FILES:,} files listed, slowest page", max(taken), "ms", 50),
        row(f"one file committed onto {FILES:,}", one, "ms"),
        row("1,000 new files in one commit", thousand, "ms"),
        row(f"diff of one file among {FILES:,}", ms(lambda: diff(repo, old, new), 9), "ms"),
        row("one path found, not seen before", 1000 * ms(lambda: find_entry(repo, new, next(unseen).path), 999), "µs"),
        row("one path found, seen before", 1000 * ms(lambda: find_entry(repo, new, "README.md"), 999), "µs"),
        row("a branch resolved", 1000 * ms(lambda: resolve_revision(repo, "main"), 999), "µs"),
        row("`main/a/b/c` split", 1000 * ms(lambda: split_revision(repo, "main/a/b/c"), 999), "µs"),
        row("the repository opened again", 1000 * ms(lambda: open_repo(root / "files.git"), 999), "µs"),
        row(
            "a repository created", ms(lambda: create_repo(root / os.urandom(8).hex(), author=ALICE, files={}), 9), "ms"
        ),
    ]


def long_history(root: Path) -> list[Row]:
    create_repo(root / "history.git", author=ALICE, files={f"{n}.txt": b"" for n in range(50)})
    repo = open_repo(root / "history.git")
    who = ALICE.signature()
    head = resolve_revision(repo, "main")
    for number in range(COMMITS):
        builder = repo.TreeBuilder(repo[head].tree)
        builder.insert(f"{number % 49}.txt", repo.create_blob(b"%d" % number), 0o100644)
        head = str(repo.create_commit(None, who, who, "m", builder.write(), [head]))
    names = [f"{n}.txt" for n in range(50)]
    return [
        row("first 50 of 5,000 commits", ms(lambda: log(repo, head), 9), "ms"),
        row("last commits of 49 files, all recent", ms(lambda: last_commits(repo, head, names[:49]), 9), "ms"),
        row("last commits of 50 files, one untouched for 5,000", ms(lambda: last_commits(repo, head, names), 3), "ms"),
        row("5,000 commits counted the first time", ms(lambda: count_commits(repo, head), 1), "ms"),
    ]


def blocks() -> Iterator[bytes]:
    return (BLOCK for _ in range(GIB // len(BLOCK)))


def plain_loop(target: Path) -> None:
    """Do what receiving must do at least, in the plainest way: hash, write, sync."""
    sha = hashlib.sha256()
    with target.open("wb") as file:
        for block in blocks():
            sha.update(block)
            file.write(block)
        os.fsync(file.fileno())


def one_gibibyte(root: Path) -> list[Row]:
    store, times = LocalBlobs(root / "blobs"), {"plain": list[float](), "receive": list[float]()}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        times["plain"].append(ms(lambda: plain_loop(root / "plain"), 1))
        (root / "plain").unlink()
        times["receive"].append(ms(lambda: store.receive(blocks()), 1))
        store.delete(next(store.oids()))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    plain, receive = (min(times[name]) for name in ("plain", "receive"))  # the disk's own moods only add
    return [
        row("1 GiB received and kept", receive / 1000, "s"),
        row("against a plain loop of hash, write, sync", receive / plain, "times", 1.35),
        row("memory it added", grown, "MiB", 50),
    ]


def one_gibibyte_in_parts(root: Path) -> list[Row]:
    store, part = LocalBlobs(root / "parts"), 64 * len(BLOCK)
    sha = hashlib.sha256()
    for block in blocks():
        sha.update(block)
    upload = store.create_upload(part)
    began = time.perf_counter()
    etags = [(n, store.receive_part(upload, n, [BLOCK] * 64, part)) for n in range(1, GIB // part + 1)]
    sent = time.perf_counter() - began
    began = time.perf_counter()
    store.complete(upload, etags, sha.hexdigest(), GIB)
    return [
        row("1 GiB sent in 16 parts", sent, "s"),
        row("16 parts completed: hashed and kept, not copied", time.perf_counter() - began, "s"),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        measures = (one_gibibyte, one_gibibyte_in_parts, large_folder, long_history)
        print(json.dumps([found for measure in measures for found in measure(Path(folder))]))
