"""Files and folders of a commit: find one, list many."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pygit2
from pygit2 import Repository
from pygit2.enums import FileMode, ObjectType

from gatehouse.storage.errors import BodyTooLong, EntryNotFound
from gatehouse.storage.git_repos import commit_at, open_repo
from gatehouse.storage.pointers import MAX_POINTER_SIZE, Pointer, parse_pointer


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of a commit; `size` counts the real content's bytes, 0 for a folder."""

    type: Literal["file", "directory"]
    path: str
    oid: str
    size: int
    mode: int
    lfs: Pointer | None = None

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link, whose content is its target; nothing here ever follows it."""
        return self.mode == FileMode.LINK

    @property
    def is_submodule(self) -> bool:
        """Whether it is a commit of another repository: it has no bytes here."""
        return self.mode == FileMode.COMMIT


def find_entry(repo: Repository, sha: str, path: str) -> Entry:
    """Return the file or folder at `path` of commit `sha`; raises EntryNotFound."""
    return _find_entry(repo.path, sha, path)


@lru_cache(maxsize=16384)
def _find_entry(repo_path: str, sha: str, path: str) -> Entry:
    repo = open_repo(Path(repo_path))
    found = object_at(repo, sha, path)
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
    limit: int = 1000,
) -> tuple[list[Entry], str | None]:
    """Return one page of a folder in git's order, and the cursor of the next page if there is one.

    `recursive` lists a folder, then all it holds. Raises EntryNotFound when `path` is no folder.
    """
    top = object_at(repo, sha, path)
    if not isinstance(top, pygit2.Tree):
        raise EntryNotFound(f'"{path}" is not a folder.')
    prefix = f"{path}/" if path else ""
    entries: list[Entry] = []
    last = b""
    for raw, found in _walk(top, unquote_to_bytes(after or ""), recursive=recursive):
        if len(entries) == limit:
            return entries, quote_from_bytes(last)
        entries.append(_entry(repo, found, prefix + show(raw)))
        last = raw
    return entries, None


def folder_size(repo: Repository, sha: str, path: str = "") -> int:
    """Return the bytes of all files below `path`; raises EntryNotFound when it is no folder.

    A folder that occurs often is measured once: a few pushed trees can stand for billions of files.
    """
    top = object_at(repo, sha, path)
    if not isinstance(top, pygit2.Tree):
        raise EntryNotFound(f'"{path}" is not a folder.')
    sizes: dict[pygit2.Oid, int] = {}
    stack = [top]
    while stack:
        tree = stack[-1]
        unknown = [found for found in tree if isinstance(found, pygit2.Tree) and found.id not in sizes]
        if unknown and tree.id not in sizes:
            stack.extend(unknown)
            continue
        stack.pop()
        if tree.id not in sizes:
            sizes[tree.id] = sum(
                sizes[found.id] if isinstance(found, pygit2.Tree) else _entry(repo, found, "").size for found in tree
            )
    return sizes[top.id]


def blob_size(repo: Repository, oid: str) -> int:
    """Return the number of bytes of a blob that a tree names; raises EntryNotFound, GitError if it is lost."""
    try:
        kind, size = repo.odb.read_header(oid)
    except ValueError as error:
        raise EntryNotFound from error
    if kind != ObjectType.BLOB:
        raise EntryNotFound
    return size


def read_blob(repo: Repository, oid: str, *, limit: int = 32 * 1024 * 1024) -> bytes:
    """Return the bytes of a blob of at most `limit` bytes; raises EntryNotFound, BodyTooLong.

    A pushed blob may be gigabytes of zeros that travelled in a few kilobytes.
    """
    if blob_size(repo, oid) > limit:
        raise BodyTooLong(f"The file is larger than {limit} bytes.")
    return repo.odb.read(oid)[1]


def show(raw: bytes) -> str:
    """Return a name for people and JSON; bytes that are not UTF-8 are spelled out as hex escapes."""
    return raw.decode("utf-8", "backslashreplace")


def object_at(repo: Repository, sha: str, path: str) -> pygit2.Object:
    """Return the tree or blob at `path`, the root tree for an empty one; raises EntryNotFound."""
    tree = commit_at(repo, sha).tree
    if not path:
        return tree
    try:
        found = None if _misread_by_libgit2(path) else tree[path]
    except pygit2.GitError:  # a folder on the way is lost
        raise
    except (KeyError, ValueError, TypeError):
        found = None
    if found is None:
        raise EntryNotFound(f'"{path}" does not exist at this revision.')
    return found


def _misread_by_libgit2(path: str) -> bool:
    """Whether libgit2 would find another path: it stops at NUL and drops a last slash."""
    return "\0" in path or path.endswith("/")


def _walk(top: pygit2.Tree, after: bytes, *, recursive: bool) -> Iterator[tuple[bytes, pygit2.Object]]:
    """Yield (path, object) in git's order, of everything behind the path `after`."""
    stack = _resume(top, after.split(b"/"), recursive=recursive) if after else [(b"", top, 0)]
    while stack:
        prefix, tree, index = stack.pop()
        if index >= len(tree):
            continue
        found = tree[index]
        stack.append((prefix, tree, index + 1))
        name = prefix + (found.raw_name or b"")
        if recursive and isinstance(found, pygit2.Tree):
            stack.append((name + b"/", found, 0))
        yield name, found


def _resume(top: pygit2.Tree, names: list[bytes], *, recursive: bool) -> list[tuple[bytes, pygit2.Tree, int]]:
    """Return the stack of a walk that has just yielded the path made of `names`."""
    stack: list[tuple[bytes, pygit2.Tree, int]] = []
    prefix, tree = b"", top
    for name in names:
        index = _position(tree, name)
        found = tree[index] if index < len(tree) else None
        if found is None or found.raw_name != name:
            return [*stack, (prefix, tree, index)]
        stack.append((prefix, tree, index + 1))
        if not (recursive and isinstance(found, pygit2.Tree)):
            return stack
        prefix, tree = prefix + name + b"/", found
    return [*stack, (prefix, tree, 0)]


def _position(tree: pygit2.Tree, name: bytes) -> int:
    """Return the index of `name`, or where a file of that name would be."""
    as_file, as_folder = (bisect_left(range(len(tree)), key, key=_sort_key_in(tree)) for key in (name, name + b"/"))
    is_folder = as_folder < len(tree) and tree[as_folder].raw_name == name
    return as_folder if is_folder else as_file


def _sort_key_in(tree: pygit2.Tree) -> Callable[[int], bytes]:
    """Return git's order: a folder is sorted as if its name ended in a slash."""

    def key(index: int) -> bytes:
        found = tree[index]
        return (found.raw_name or b"") + (b"/" if isinstance(found, pygit2.Tree) else b"")

    return key


def _entry(repo: Repository, found: pygit2.Object, path: str) -> Entry:
    oid, mode = str(found.id), int(found.filemode)
    if isinstance(found, pygit2.Tree):
        return Entry("directory", path, oid, 0, mode)
    if mode == FileMode.COMMIT:
        return Entry("file", path, oid, 0, mode)
    size, pointer = _size_and_pointer(repo.path, oid)
    if pointer is None or mode == FileMode.LINK:
        return Entry("file", path, oid, size, mode)
    return Entry("file", path, oid, pointer.size, mode, pointer)


@lru_cache(maxsize=65536)
def _size_and_pointer(repo_path: str, oid: str) -> tuple[int, Pointer | None]:
    repo = open_repo(Path(repo_path))
    size = repo.odb.read_header(oid)[1]
    return size, parse_pointer(repo.odb.read(oid)[1]) if size < MAX_POINTER_SIZE else None
