"""History: the log of a revision, how many commits it has, and who touched which file last."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count, islice
from pathlib import Path

import pygit2
from pygit2 import Repository
from pygit2.enums import SortMode

from gatehouse.storage.git_repos import open_repo
from gatehouse.storage.times import git_time

MAX_WALK = 20_000  # commits that one question looks at


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit; `message` is the whole of title and body, `date` the author's date in UTC."""

    oid: str
    title: str
    message: str
    body: str
    date: datetime
    author_name: str
    author_email: str
    parents: tuple[str, ...]


def log(repo: Repository, sha: str, *, skip: int = 0, limit: int = 50, path: str | None = None) -> list[CommitInfo]:
    """Return commits from `sha` back, newest first; with `path` those that changed it, of MAX_WALK."""
    # As git itself orders them. Sorted by TIME, commits of the same second come out in any order.
    commits: Iterator[pygit2.Commit] = iter(repo.walk(sha, SortMode.NONE))
    if path:
        commits = (commit for commit in islice(commits, MAX_WALK) if _changed(commit, path))
    return [_info(commit) for commit in islice(commits, skip, skip + limit)]


def count_commits(repo: Repository, sha: str) -> int:
    """Return how many commits `sha` and its history have."""
    return _count_commits(repo.path, sha)


@lru_cache(maxsize=4096)
def _count_commits(repo_path: str, sha: str) -> int:
    return sum(1 for _ in open_repo(Path(repo_path)).walk(sha, SortMode.NONE))


def last_commits(
    repo: Repository, sha: str, paths: Iterable[str], *, max_walk: int = MAX_WALK
) -> dict[str, CommitInfo]:
    """Return per path the commit that last changed it, as `git log -1 -- path` would say.

    One walk for all paths: a commit costs a comparison of folder ids, and a look into those folders
    that differ. It ends when all paths are found, or after `max_walk` commits; the others are left out.
    """
    found: dict[str, CommitInfo] = {}
    newest = repo[sha].peel(pygit2.Commit)
    wanted = {newest.id: set(paths)}
    turn = count()  # commits of one second are looked at in the order in which they were met
    queue = [(-newest.commit_time, next(turn), newest)]
    for _ in range(max_walk):
        if not queue:
            break
        commit = heapq.heappop(queue)[2]
        mine = wanted.pop(commit.id, set())
        for parent in commit.parents:
            same = _unchanged(commit.tree, parent.tree, mine)
            mine = mine - same
            if same:
                wanted.setdefault(parent.id, set()).update(same)
                heapq.heappush(queue, (-parent.commit_time, next(turn), parent))
        found.update((path, _info(commit)) for path in mine if _oid_at(commit.tree, path))
    return found


def _unchanged(new: pygit2.Tree, old: pygit2.Tree, paths: set[str]) -> set[str]:
    """Return those of the paths that are the same in both trees."""
    if new.id == old.id:
        return set(paths)
    folders: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        folders[path.rpartition("/")[0]].append(path)
    same: set[str] = set()
    for folder, inside in folders.items():
        if folder and _oid_at(new, folder) == _oid_at(old, folder):
            same.update(inside)
        else:
            same.update(path for path in inside if _oid_at(new, path) == _oid_at(old, path))
    return same


def _changed(commit: pygit2.Commit, path: str) -> bool:
    mine, parents = _oid_at(commit.tree, path), commit.parents
    return mine not in [_oid_at(parent.tree, path) for parent in parents] if parents else mine is not None


def _oid_at(tree: pygit2.Tree, path: str) -> tuple[pygit2.Oid, int] | None:
    try:
        found = tree[path]
    except (KeyError, ValueError, pygit2.GitError):
        return None
    return found.id, int(found.filemode)


def _info(commit: pygit2.Commit) -> CommitInfo:
    message = commit.raw_message.decode("utf-8", "replace")
    title, _, body = message.strip().partition("\n")
    who = commit.author
    return CommitInfo(
        oid=str(commit.id),
        title=title,
        message=message,
        body=body.strip(),
        date=git_time(who.time),
        author_name=who.raw_name.decode("utf-8", "replace"),
        author_email=who.raw_email.decode("utf-8", "replace"),
        parents=tuple(str(parent) for parent in commit.parent_ids),
    )
