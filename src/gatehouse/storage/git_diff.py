"""What changed between two commits, bounded for pages and JSON."""

from dataclasses import dataclass

import pygit2
from pygit2 import Repository
from pygit2.enums import DiffOption

from gatehouse.storage.git_tree import show

MAX_FILES, MAX_PATCH = 300, 64 * 1024


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file: `status` is git's letter (A, D, M, R, T), `patch` None when binary or too long."""

    path: str
    old_path: str
    status: str
    additions: int
    deletions: int
    patch: str | None


def diff(
    repo: Repository, a: str | None, b: str, *, max_files: int = MAX_FILES, max_patch: int = MAX_PATCH
) -> list[FileDiff]:
    """Return what leads from commit `a` (None: the first parent of `b`, or nothing) to commit `b`."""
    changes = _changes(repo, a, b)
    return [_file_diff(changes[index], max_patch) for index in range(min(len(changes), max_files))]


def raw_diff(repo: Repository, a: str | None, b: str, *, max_bytes: int = 8 * 1024 * 1024) -> str:
    """Return the whole as a text patch, cut after the file that passes `max_bytes`."""
    pieces, total = [], 0
    for patch in _changes(repo, a, b):
        if patch is not None and total <= max_bytes:
            pieces.append(patch.data)
            total += len(patch.data)
    return b"".join(pieces).decode("utf-8", "replace")


def _changes(repo: Repository, a: str | None, b: str) -> pygit2.Diff:
    new = repo[b].peel(pygit2.Commit)
    if a is None:
        old = new.parents[0].tree if new.parents else None
    else:
        old = repo[a].peel(pygit2.Commit).tree
    if old is None:
        changes = new.tree.diff_to_tree(swap=True)
    else:
        changes = old.diff_to_tree(new.tree, DiffOption.INCLUDE_TYPECHANGE, 3, 0)
    changes.find_similar()
    return changes


def _file_diff(patch: pygit2.Patch | None, max_patch: int) -> FileDiff:
    assert patch is not None  # noqa: S101
    delta = patch.delta
    _, additions, deletions = patch.line_stats
    data = patch.data
    return FileDiff(
        path=show(delta.new_file.raw_path),
        old_path=show(delta.old_file.raw_path),
        status=delta.status_char(),
        additions=additions,
        deletions=deletions,
        patch=None if delta.is_binary or len(data) > max_patch else data.decode("utf-8", "replace"),
    )
