"""History: the log of a revision, how many commits it has, and who touched which file last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import pygit2
from pygit2 import Repository
from pygit2.enums import SortMode


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
    """Return commits from `sha` back, newest first; with `path` only those that changed it."""
    commits: Iterator[pygit2.Commit] = repo.walk(sha, SortMode.TIME | SortMode.TOPOLOGICAL)
    if path:
        commits = (commit for commit in commits if _changed(commit, path))
    return [_info(commit) for commit in islice(commits, skip, skip + limit)]


def count_commits(repo: Repository, sha: str) -> int:
    return sum(1 for _ in repo.walk(sha, SortMode.NONE))


def last_commits(repo: Repository, sha: str, paths: Iterable[str]) -> dict[str, CommitInfo]:
    """Return per path the commit that last changed it."""
    missing, found = set(paths), dict[str, CommitInfo]()
    for commit in repo.walk(sha, SortMode.TIME | SortMode.TOPOLOGICAL):
        if not missing:
            break
        for path in [path for path in missing if _changed(commit, path)]:
            missing.remove(path)
            found[path] = _info(commit)
    return found


def _changed(commit: pygit2.Commit, path: str) -> bool:
    mine = _oid_at(commit, path)
    parents = commit.parents
    return mine not in [_oid_at(parent, path) for parent in parents] if parents else mine is not None


def _oid_at(commit: pygit2.Commit, path: str) -> tuple[pygit2.Oid, int] | None:
    try:
        found = commit.tree[path]
    except KeyError:
        return None
    return found.id, int(found.filemode)


def _info(commit: pygit2.Commit) -> CommitInfo:
    message = commit.raw_message.decode("utf-8", "replace")
    title, _, body = message.strip("\n").partition("\n")
    who = commit.author
    return CommitInfo(
        oid=str(commit.id),
        title=title,
        message=message,
        body=body.strip("\n"),
        date=datetime.fromtimestamp(who.time, UTC),
        author_name=who.raw_name.decode("utf-8", "replace"),
        author_email=who.raw_email.decode("utf-8", "replace"),
        parents=tuple(str(parent) for parent in commit.parent_ids),
    )
