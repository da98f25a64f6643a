"""What changed between two commits, within bounds that no pushed tree can break."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pygit2
from pygit2 import Repository
from pygit2.enums import FileMode

from gatehouse.storage.git_tree import show
from gatehouse.storage.pointers import MAX_POINTER_SIZE, parse_pointer

NO_BLOB = "0" * 40
MAX_FILES = 300
MAX_BLOB = 512 * 1024  # bytes of a file that is still compared line by line
MAX_TOTAL = 8 * 1024 * 1024  # bytes of all files that one diff compares line by line
MAX_VISITED = 300_000  # tree entries; a few pushed trees can stand for billions of files


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file; `status` is A, D, M or R (moved), `patch` None when binary or too large.

    The sizes count the real content's bytes; `large` says that a side is a large file, whose patch is its pointer's.
    """

    path: str
    old_path: str
    status: str
    additions: int
    deletions: int
    patch: str | None
    old_size: int | None = None
    new_size: int | None = None
    large: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """The changed files in the order of their paths; `truncated` when there are more of them."""

    files: list[FileDiff]
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Change:
    path: bytes
    old: pygit2.Object | None
    new: pygit2.Object | None
    old_path: bytes


def diff(repo: Repository, a: str | None, b: str, *, max_files: int = MAX_FILES) -> Diff:
    """Return what leads from commit `a` (None: the first parent of `b`, or nothing) to commit `b`."""
    new = repo[b].peel(pygit2.Commit)
    old = repo[a].peel(pygit2.Commit) if a else next(iter(new.parents), None)
    walk = _Walk()
    changes = list(islice(walk.changes(old and old.tree, new.tree), max_files + 1))
    budget = _Budget(repo, MAX_TOTAL)
    files = [_file_diff(change, budget) for change in _with_moves(changes[:max_files])]
    return Diff(files, truncated=len(changes) > max_files or walk.exhausted)


def raw_diff(repo: Repository, a: str | None, b: str, *, max_files: int = 10 * MAX_FILES) -> str:
    """Return the whole as one text patch; files without a patch of their own are one line in it."""
    return "".join(
        file.patch
        if file.patch is not None
        else f"Binary files {_quoted('a/' + file.old_path)} and {_quoted('b/' + file.path)} differ\n"
        for file in diff(repo, a, b, max_files=max_files).files
    )


class _Walk:
    """A comparison of two trees that looks only into folders that differ."""

    def __init__(self) -> None:
        self.visited = 0
        self.exhausted = False

    def changes(self, old: pygit2.Tree | None, new: pygit2.Tree | None) -> Iterator[_Change]:
        stack: list[tuple[bytes, pygit2.Object | None, pygit2.Object | None]] = [(b"", old, new)]
        while stack and not self.exhausted:
            path, before, after = stack.pop()
            if _is_file(before) or _is_file(after):
                yield _Change(path, before if _is_file(before) else None, after if _is_file(after) else None, path)
            stack.extend(self._below(path, before, after))

    def _below(
        self, path: bytes, before: pygit2.Object | None, after: pygit2.Object | None
    ) -> list[tuple[bytes, pygit2.Object | None, pygit2.Object | None]]:
        old, new = _entries(before), _entries(after)
        self.visited += len(old) + len(new)
        self.exhausted = self.visited > MAX_VISITED
        prefix = path + b"/" if path else b""
        return [
            (prefix + name, old.get(name), new.get(name))
            for name in sorted({*old, *new}, reverse=True)
            if _key(old.get(name)) != _key(new.get(name))
        ]


class _Budget:
    """Hands out blobs to compare until their bytes are used up."""

    def __init__(self, repo: Repository, total: int) -> None:
        self._repo, self._left = repo, total

    def blobs(self, change: _Change) -> tuple[pygit2.Blob | None, pygit2.Blob | None] | None:
        sides = [change.old, change.new]
        if any(side is not None and side.filemode == FileMode.COMMIT for side in sides):
            return None
        sizes = [self._repo.odb.read_header(side.id)[1] for side in sides if side is not None]
        if max(sizes) > MAX_BLOB or sum(sizes) > self._left:
            return None
        self._left -= sum(sizes)
        return self._blob(change.old), self._blob(change.new)

    def size(self, side: pygit2.Object | None) -> int | None:
        """Return the bytes of one side, None for nothing and for a commit of another repository."""
        if side is None or side.filemode == FileMode.COMMIT:
            return None
        return int(self._repo.odb.read_header(side.id)[1])

    def _blob(self, side: pygit2.Object | None) -> pygit2.Blob | None:
        return None if side is None else self._repo[side.id].peel(pygit2.Blob)


def _is_file(side: pygit2.Object | None) -> bool:
    return side is not None and not isinstance(side, pygit2.Tree)


def _key(side: pygit2.Object | None) -> tuple[pygit2.Oid, int] | None:
    return None if side is None else (side.id, int(side.filemode))


def _entries(side: pygit2.Object | None) -> dict[bytes, pygit2.Object]:
    return {entry.raw_name or b"": entry for entry in side} if isinstance(side, pygit2.Tree) else {}


def _with_moves(changes: list[_Change]) -> list[_Change]:
    """Turn a removal and an addition of the same bytes into one move."""
    removed = {_key(change.old): change for change in changes if change.new is None}
    moved, kept = set(), []
    for change in changes:
        source = removed.pop(_key(change.new), None) if change.old is None else None
        if source is None:
            kept.append(change)
        else:
            moved.add(source.path)
            kept.append(_Change(change.path, source.old, change.new, source.path))
    return [change for change in kept if change.new is not None or change.path not in moved]


def _file_diff(change: _Change, budget: _Budget) -> FileDiff:
    path, old_path = show(change.path), show(change.old_path)
    status = "A" if change.old is None else "D" if change.new is None else "R" if path != old_path else "M"
    blobs = budget.blobs(change)
    if blobs is None:
        return FileDiff(path, old_path, status, 0, 0, None, budget.size(change.old), budget.size(change.new))
    pointers = [blob and parse_pointer(blob.data) if _is_small(blob) else None for blob in blobs]
    old, new = (pointer.size if pointer else blob and blob.size for pointer, blob in zip(pointers, blobs, strict=True))
    patch = pygit2.Patch.create_from(blobs[0], blobs[1], old_as_path=old_path, new_as_path=path)
    _, additions, deletions = patch.line_stats
    if patch.delta.is_binary:
        return FileDiff(path, old_path, status, 0, 0, None, old, new)
    _, hunk, lines = patch.data.decode("utf-8", "replace").partition("\n@@ ")
    text = "".join(_header(change, old_path, path, named=bool(hunk))) + hunk[1:] + lines
    return FileDiff(path, old_path, status, additions, deletions, text, old, new, large=any(pointers))


def _is_small(blob: pygit2.Blob | None) -> bool:
    return blob is not None and blob.size <= MAX_POINTER_SIZE


def compare_texts(old: bytes, new: bytes) -> str | None:
    """Return the hunks that lead from one text to another, None when they are too long or no texts."""
    if max(len(old), len(new)) > MAX_BLOB:
        return None
    patch = pygit2.Patch.create_from(old, new)
    return None if patch.delta.is_binary else patch.data.decode("utf-8", "replace")


def _header(change: _Change, old_path: str, path: str, *, named: bool) -> Iterator[str]:
    """Yield what git writes above the changed lines; libgit2, which sees two blobs, knows no modes and no moves."""
    old, new = change.old, change.new
    yield f"diff --git {_quoted('a/' + old_path)} {_quoted('b/' + path)}\n"
    if old is None or new is None:
        yield f"new file mode {new.filemode:o}\n" if new is not None else ""
        yield f"deleted file mode {old.filemode:o}\n" if old is not None else ""
    elif old.filemode != new.filemode:
        yield f"old mode {old.filemode:o}\nnew mode {new.filemode:o}\n"
    if old_path != path:
        yield f"similarity index 100%\nrename from {_quoted(old_path)}\nrename to {_quoted(path)}\n"
    elif old is None or new is None or old.id != new.id:
        mode = f" {new.filemode:o}" if old and new and old.filemode == new.filemode else ""
        yield f"index {old.id if old else NO_BLOB}..{new.id if new else NO_BLOB}{mode}\n"
    if named:
        yield f"--- {_quoted('a/' + old_path) if old else '/dev/null'}\n"
        yield f"+++ {_quoted('b/' + path) if new else '/dev/null'}\n"


def _quoted(name: str) -> str:
    """Return the name in one line, whatever was pushed."""
    return name if name.isprintable() else json.dumps(name)
