"""What a commit may do to files, and the new trees that come of it: only touched folders are rewritten."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pygit2
from pygit2 import Oid, Repository
from pygit2.enums import FileMode, ObjectType

from gatehouse.storage.disk import sync
from gatehouse.storage.errors import EntryNotFound, InvalidPath, Refusal
from gatehouse.storage.git_paths import check_path

SYNCS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Put:
    """Write a file: its bytes, or the oid of a blob that `write_blob` made."""

    path: str
    data: bytes | None = None
    oid: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a file, a folder with all it holds, or whichever of the two the entry is."""

    path: str
    kind: Literal["file", "folder", "entry"] = "entry"


@dataclass(frozen=True, slots=True)
class Copy:
    """Put the file that `src_path` is in commit `src_sha` of the same repository at `path`."""

    src_path: str
    src_sha: str
    path: str


Operation = Put | Delete | Copy


@dataclass(frozen=True, slots=True)
class _Leaf:
    oid: Oid
    mode: int


class _Folder:
    """A tree with changes on top; untouched entries stay in the base and are never loaded."""

    def __init__(self, repo: Repository, base: pygit2.Tree | None) -> None:
        self._repo, self._base = repo, base
        self._changes: dict[str, _Folder | _Leaf | None] = {}

    def get(self, name: str) -> "_Folder | _Leaf | None":
        if name in self._changes or self._base is None:
            return self._changes.get(name)
        if name not in self._base:
            return None
        entry = self._base[name]
        if isinstance(entry, pygit2.Tree):
            folder = self._changes[name] = _Folder(self._repo, entry)
            return folder
        return _Leaf(entry.id, entry.filemode)

    def set(self, name: str, value: "_Folder | _Leaf | None") -> None:
        self._changes[name] = value

    def folder(self, name: str, path: str) -> "_Folder":
        """Return the sub-folder, made when missing; a file of that name is in the way."""
        found = self.get(name)
        if isinstance(found, _Leaf):
            raise InvalidPath(f"{path!r} cannot be written: {name!r} is a file, not a folder.")
        if found is None:
            found = self._changes[name] = _Folder(self._repo, None)
        return found

    def leaf(self, written: list[Oid]) -> _Leaf | None:
        oid = self.write(written)
        return None if oid is None else _Leaf(oid, FileMode.TREE)

    def write(self, written: list[Oid]) -> Oid | None:
        """Write the tree and return its oid, None when it is empty."""
        if not self._changes and self._base is not None:
            return self._base.id
        builder = self._repo.TreeBuilder(self._base) if self._base else self._repo.TreeBuilder()
        for name, change in self._changes.items():
            leaf = change.leaf(written) if isinstance(change, _Folder) else change
            if leaf is not None:
                builder.insert(name, leaf.oid, leaf.mode)
            elif self._base is not None and name in self._base:
                builder.remove(name)
        if not len(builder):
            return None
        oid = builder.write()
        written.append(oid)
        return oid


def build_tree(repo: Repository, base: pygit2.Tree | None, operations: Sequence[Operation]) -> tuple[Oid, list[Oid]]:
    """Apply the operations in order; return the new root tree and the objects to be synced with it."""
    root, written = _Folder(repo, base), list[Oid]()
    for operation in operations:
        match operation:
            case Put():
                oid = _blob_of(repo, operation)
                written.append(oid)
                _put(root, operation.path, oid, None)
            case Copy():
                leaf = _source_of(repo, operation)
                _put(root, operation.path, leaf.oid, leaf.mode)
            case Delete():
                _delete(root, operation)
    tree = root.write(written)
    if tree is None:
        tree = repo.TreeBuilder().write()
        written.append(tree)
    return tree, written


def _blob_of(repo: Repository, put: Put) -> Oid:
    if put.oid is None:
        return repo.create_blob(put.data or b"")
    try:
        kind, _ = repo.odb.read_header(put.oid)
    except (KeyError, ValueError, pygit2.GitError):
        kind = ObjectType.INVALID
    if kind != ObjectType.BLOB:
        raise Refusal(f"There is no blob {put.oid} to be put at {put.path!r}.")
    return Oid(hex=put.oid)


def _source_of(repo: Repository, copy: Copy) -> _Leaf:
    check_path(copy.src_path)
    try:
        entry = repo[copy.src_sha].peel(pygit2.Tree)[copy.src_path]
    except pygit2.GitError:  # it was there, and is lost
        raise
    except (KeyError, ValueError):
        entry = None
    if not isinstance(entry, pygit2.Blob):
        raise EntryNotFound(f"A file with this name doesn't exist: {copy.src_path}")
    return _Leaf(entry.id, entry.filemode)


def _put(root: _Folder, path: str, oid: Oid, mode: int | None) -> None:
    *parents, name = check_path(path)
    folder = root
    for parent in parents:
        folder = folder.folder(parent, path)
    old = folder.get(name)
    if isinstance(old, _Folder):
        raise InvalidPath(f"{path!r} cannot be written: it is a folder.")
    if mode is None:
        executable = old is not None and old.mode == FileMode.BLOB_EXECUTABLE
        mode = FileMode.BLOB_EXECUTABLE if executable else FileMode.BLOB
    folder.set(name, _Leaf(oid, mode))


def _delete(root: _Folder, delete: Delete) -> None:
    *parents, name = check_path(delete.path if delete.kind == "file" else delete.path.rstrip("/"))
    folder: _Folder | _Leaf | None = root
    for parent in parents:
        folder = folder.get(parent) if isinstance(folder, _Folder) else None
    old = folder.get(name) if isinstance(folder, _Folder) else None
    wrong_kind = _Folder if delete.kind == "file" else _Leaf if delete.kind == "folder" else ()
    if not isinstance(folder, _Folder) or old is None or isinstance(old, wrong_kind):
        what = "folder" if delete.kind == "folder" else "file"
        raise EntryNotFound(f"A {what} with this name doesn't exist: {delete.path}")
    folder.set(name, None)


def sync_objects(repo: Repository, oids: Iterable[Oid | str]) -> None:
    """Put the loose objects on disk for good; the disk takes several at once in the time of one."""
    objects = Path(repo.path, "objects")
    files = {objects / name[:2] / name[2:] for name in map(str, oids)}
    with ThreadPoolExecutor(SYNCS_AT_ONCE) as pool:
        list(pool.map(_sync_if_there, files))
        list(pool.map(_sync_if_there, {objects, *(file.parent for file in files)}))


def _sync_if_there(path: Path) -> None:
    with suppress(FileNotFoundError):  # the object is in a pack, and was synced with it
        sync(path)
