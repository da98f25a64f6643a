"""History: the log of a revision, how many commits it has, and who touched which file last."""

import heapq
import math
import time
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
from gatehouse.storage.git_tree import show
from gatehouse.storage.times import git_time

MAX_WALK = 20_000  # commits that one question looks at
MANY = 8  # paths of one folder: from here on comparing the folders is faster than looking for each path
KEPT_FOLDERS = 64


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
    repo: Repository, sha: str, paths: Iterable[str], *, max_walk: int = MAX_WALK, patience_s: float | None = None
) -> dict[str, CommitInfo]:
    """Return per path the commit that last changed it, as `git log -1 -- path` would say.

    One walk for all paths: a commit costs a comparison of folder ids, and of those folders that differ. It ends when
    all paths are found, after `max_walk` commits or `patience_s` seconds; the others are left out.
    """
    found: dict[str, CommitInfo] = {}
    newest = repo[sha].peel(pygit2.Commit)
    wanted: dict[pygit2.Oid, _Wanted] = {newest.id: _by_folder(paths)}
    turn = count()  # commits of one second are looked at in the order in which they were met
    queue = [(-newest.commit_time, next(turn), newest)]
    folders = _Folders()
    end = time.monotonic() + (patience_s if patience_s is not None else math.inf)
    for _ in range(max_walk):
        if not queue or time.monotonic() > end:
            break
        commit = heapq.heappop(queue)[2]
        mine = wanted.pop(commit.id, {})
        for parent in commit.parents:
            mine, same = folders.parted(commit.tree, parent.tree, mine)
            if same:
                _add(wanted.setdefault(parent.id, {}), same)
                heapq.heappush(queue, (-parent.commit_time, next(turn), parent))
        changed = (path for inside in mine.values() for path in inside)
        found.update((path, _info(commit)) for path in changed if _oid_at(commit.tree, path))
    return found


_Wanted = dict[str, frozenset[str]]  # folder → paths in it


def _by_folder(paths: Iterable[str]) -> _Wanted:
    folders: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        folders[path.rpartition("/")[0]].add(path)
    return {folder: frozenset(inside) for folder, inside in folders.items()}


def _add(wanted: _Wanted, more: _Wanted) -> None:
    for folder, inside in more.items():
        wanted[folder] = wanted[folder] | inside if folder in wanted else inside


class _Folders:
    """Compares folders of neighbouring commits; one commit's former folder is the next one's newer, so it is kept."""

    def __init__(self) -> None:
        self._kept: dict[pygit2.Oid, pygit2.Tree] = {}

    def parted(self, new: pygit2.Tree, old: pygit2.Tree, wanted: _Wanted) -> tuple[_Wanted, _Wanted]:
        """Part the paths into those that differ between both trees, and those that do not."""
        if new.id == old.id:
            return {}, wanted
        changed = {folder: self._changed(new, old, folder, inside) for folder, inside in wanted.items()}
        same = {folder: inside - changed[folder] if changed[folder] else inside for folder, inside in wanted.items()}
        return _without_empty(changed), _without_empty(same)

    def _changed(self, new: pygit2.Tree, old: pygit2.Tree, folder: str, paths: frozenset[str]) -> frozenset[str]:
        mine, theirs = (_oid_at(tree, folder) if folder else (tree.id, 0) for tree in (new, old))
        if mine == theirs:
            return frozenset()
        trees = [self._tree(tree, folder) for tree in (new, old)] if len(paths) >= MANY else []
        if len(trees) == 2 and trees[0] and trees[1]:  # noqa: PLR2004 - the new one and the old one
            prefix = f"{folder}/" if folder else ""
            return paths & {prefix + name for name in _changed_names(trees[0], trees[1])}
        return frozenset(path for path in paths if _oid_at(new, path) != _oid_at(old, path))

    def _tree(self, root: pygit2.Tree, folder: str) -> pygit2.Tree | None:
        at = _oid_at(root, folder) if folder else (root.id, 0)
        if at is None:
            return None
        if at[0] not in self._kept:
            found = root[folder] if folder else root
            if not isinstance(found, pygit2.Tree):
                return None
            if len(self._kept) > KEPT_FOLDERS:
                self._kept.clear()
            self._kept[at[0]] = found
        return self._kept[at[0]]


def _without_empty(wanted: _Wanted) -> _Wanted:
    return {folder: inside for folder, inside in wanted.items() if inside}


def _changed_names(new: pygit2.Tree, old: pygit2.Tree) -> set[str]:
    """Name the entries of two folders that differ; what changed within a folder in them changed that folder."""
    files = (file for delta in new.diff_to_tree(old).deltas for file in (delta.old_file, delta.new_file))
    return {show(file.raw_path.partition(b"/")[0]) for file in files}


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
