"""Files and folders of a commit: find one, list many, read them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pygit2
from pygit2 import Repository
from pygit2.enums import FileMode, ObjectType

from gatehouse.storage.errors import EntryNotFound
from gatehouse.storage.git_repos import open_repo
from gatehouse.storage.pointers import MAX_POINTER_SIZE, Pointer, parse_pointer

BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of a commit; `size` counts the real content's bytes, 0 for a folder."""

    type: Literal["file", "directory"]
    path: str
    oid: str
    size: int
    mode: int
    lfs: Pointer | None = None


def find_entry(repo: Repository, sha: str, path: str) -> Entry:
    """Return the file or folder at `path` of commit `sha`; raises EntryNotFound."""
    return _find_entry(repo.path, sha, path)


@lru_cache(maxsize=65536)
def _find_entry(repo_path: str, sha: str, path: str) -> Entry:
    repo = open_repo(Path(repo_path))
    found = _object_at(repo, sha, path)
    if not path:
        return Entry("directory", "", str(found.id), 0, FileMode.TREE)
    return _entry(repo, found, path)


def list_tree(
    repo: Repository,
    sha: str,
    path: str = "",
    *,
    recursive: bool = False,
    after: str | None = None,
    limit: int | None = None,
) -> tuple[list[Entry], str | None]:
    """Return one page of a folder in git's order, and the cursor of the next page if there is one.

    `recursive` lists a folder and then all it holds. Raises EntryNotFound when `path` is no folder.
    """
    top = _object_at(repo, sha, path)
    if not isinstance(top, pygit2.Tree):
        raise EntryNotFound(f'"{path}" is not a folder.')
    prefix = f"{path}/" if path else ""
    start = unquote_to_bytes(after).split(b"/") if after else []
    entries: list[Entry] = []
    last = b""
    for raw, found in _walk(top, b"", start, recursive=recursive):
        if limit is not None and len(entries) == limit:
            return entries, quote_from_bytes(last)
        entries.append(_entry(repo, found, prefix + show(raw)))
        last = raw
    return entries, None


def read_blob(repo: Repository, oid: str) -> bytes:
    """Return the bytes of a blob; raises EntryNotFound."""
    try:
        kind, data = repo.odb.read(oid)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise EntryNotFound from error
    if kind != ObjectType.BLOB:
        raise EntryNotFound
    return data


def show(raw: bytes) -> str:
    """Return a name for people and JSON; bytes that are not UTF-8 are spelled out as \\xNN."""
    return raw.decode("utf-8", "backslashreplace")


def _object_at(repo: Repository, sha: str, path: str) -> pygit2.Object:
    tree = repo[sha].peel(pygit2.Tree)
    if not path:
        return tree
    try:
        return tree[path]
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise EntryNotFound(f'"{path}" does not exist at this revision.') from error


def _walk(
    tree: pygit2.Tree, prefix: bytes, start: list[bytes], *, recursive: bool
) -> Iterator[tuple[bytes, pygit2.Object]]:
    """Yield (path, object) of everything after `start`, the path of the last entry seen."""
    first = 0
    if start:
        first = _position(tree, start[0])
        if first < len(tree) and tree[first].raw_name == start[0]:
            found = tree[first]
            if recursive and isinstance(found, pygit2.Tree):
                yield from _walk(found, prefix + start[0] + b"/", start[1:], recursive=True)
            first += 1
    for index in range(first, len(tree)):
        found = tree[index]
        name = prefix + (found.raw_name or b"")
        yield name, found
        if recursive and isinstance(found, pygit2.Tree):
            yield from _walk(found, name + b"/", [], recursive=True)


def _position(tree: pygit2.Tree, name: bytes) -> int:
    """Return the index of `name`, or where it would be."""
    low, high = 0, len(tree)
    while low < high:
        middle = (low + high) // 2
        found = tree[middle]
        raw = found.raw_name or b""
        if raw == name:
            return middle
        key = raw + b"/" if isinstance(found, pygit2.Tree) else raw
        if key < name:
            low = middle + 1
        else:
            high = middle
    return low


def _entry(repo: Repository, found: pygit2.Object, path: str) -> Entry:
    oid, mode = str(found.id), int(found.filemode)
    if isinstance(found, pygit2.Tree):
        return Entry("directory", path, oid, 0, mode)
    if mode == FileMode.COMMIT:  # a submodule: its commit lives in another repository
        return Entry("file", path, oid, 0, mode)
    size, lfs = _facts(repo, oid, may_be_pointer=mode != FileMode.LINK)
    return Entry("file", path, oid, size, mode, lfs)


def _facts(repo: Repository, oid: str, *, may_be_pointer: bool) -> tuple[int, Pointer | None]:
    size = repo.odb.read_header(oid)[1]
    if not may_be_pointer or size > MAX_POINTER_SIZE:
        return size, None
    pointer = parse_pointer(repo.odb.read(oid)[1])
    return (pointer.size, pointer) if pointer else (size, None)
