"""History written anew, so that no commit names certain large files any more."""

from collections.abc import Collection, Iterator

import pygit2
from pygit2 import Oid, Repository
from pygit2.enums import ObjectType, SortMode

from gatehouse.storage.errors import Refusal, StaleParent
from gatehouse.storage.git_operations import sync_objects
from gatehouse.storage.git_refs import RefMoved, move_ref
from gatehouse.storage.git_repos import commit_of
from gatehouse.storage.pointers import MAX_POINTER_SIZE, parse_pointer

MOST_COMMITS = 20_000
# Header lines of a commit that a rewrite replaces, or makes untrue.
_REPLACED = (b"tree ", b"parent ", b"gpgsig", b" ")
FOLDER, FILES = b"40000", frozenset({b"100644", b"100755", b"100664"})


def forget_large_files(repo: Repository, oids: Collection[str]) -> bool:
    """Drop the pointers to `oids` (sha256) from all commits of all branches and tags; whether anything changed.

    Commits keep their authors, dates and messages. Raises StaleParent if somebody moves a ref meanwhile, and
    Refusal for a history that is too long.
    """
    refs = [reference.resolve() for name, reference in _references(repo)]
    rewrite = _Rewrite(repo, frozenset(oids))
    try:
        for commit in _oldest_first(repo, refs):
            rewrite.commit(commit)
    except RecursionError as error:
        raise Refusal("The folders of this repository lie too deep to be written anew.") from error
    moves = [(reference.name, reference.target, rewrite.target(repo[reference.target])) for reference in refs]
    moves = [(name, old, new) for name, old, new in moves if old != new]
    sync_objects(repo, rewrite.written)
    for name, old, new in moves:
        try:
            move_ref(repo, name, str(new), str(old))
        except RefMoved as error:
            raise StaleParent from error
    return bool(moves)


def _references(repo: Repository) -> Iterator[tuple[str, pygit2.Reference]]:
    for name in repo.references:
        if name.startswith(("refs/heads/", "refs/tags/")):
            yield name, repo.references[name]


def _oldest_first(repo: Repository, refs: list[pygit2.Reference]) -> list[pygit2.Commit]:
    """Give every commit that a ref leads to, parents before children."""
    walk = repo.walk(None, SortMode.TOPOLOGICAL | SortMode.REVERSE)
    for reference in refs:
        sha = commit_of(reference)
        if sha:
            walk.push(Oid(hex=sha))
    commits = list(walk)
    if len(commits) > MOST_COMMITS:
        raise Refusal(f"A history of more than {MOST_COMMITS} commits cannot be written anew here.")
    return commits


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes, Oid]]:
    """Take a raw tree apart: mode, name, object. Names need not be text, so pygit2's own entries will not do."""
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        yield data[at:space], data[space + 1 : end], Oid(raw=data[end + 1 : end + 21])
        at = end + 21


class _Rewrite:
    """Old objects and what became of them."""

    def __init__(self, repo: Repository, oids: frozenset[str]) -> None:
        self._repo, self._oids = repo, oids
        self._commits: dict[Oid, Oid] = {}
        self._trees: dict[Oid, Oid | None] = {}
        self.written: list[Oid] = []

    def commit(self, commit: pygit2.Commit) -> None:
        """Write a commit anew whose parents were seen before; one that needs no change stays."""
        tree = self._tree(commit.tree_id) or self._write(ObjectType.TREE, b"")
        parents = [self._commits.get(parent, parent) for parent in commit.parent_ids]
        if tree == commit.tree_id and parents == commit.parent_ids:
            self._commits[commit.id] = commit.id
            return
        head, _, body = commit.read_raw().partition(b"\n\n")
        kept = [line for line in head.split(b"\n") if not line.startswith(_REPLACED)]
        lines = [b"tree %s" % str(tree).encode(), *(b"parent %s" % str(parent).encode() for parent in parents), *kept]
        self._commits[commit.id] = self._write(ObjectType.COMMIT, b"\n".join(lines) + b"\n\n" + body)

    def target(self, found: pygit2.Object) -> Oid:
        """Give what a ref to this object is to lead to: the new commit, by a new tag if there was one."""
        if not isinstance(found, pygit2.Tag):
            return self._commits.get(found.id, found.id)
        old, new = found.target, self.target(self._repo[found.target])
        if old == new:
            return found.id
        return self._write(ObjectType.TAG, found.read_raw().replace(str(old).encode(), str(new).encode(), 1))

    def _tree(self, tree: Oid) -> Oid | None:
        """Give the tree without the pointers, None if nothing is left of it."""
        if tree not in self._trees:
            old = list(_entries(self._repo[tree].read_raw()))
            new = [(mode, name, kept) for mode, name, oid in old if (kept := self._kept(mode, oid))]
            data = b"".join(b"%s %s\0%s" % (mode, name, oid.raw) for mode, name, oid in new)
            self._trees[tree] = tree if new == old else self._write(ObjectType.TREE, data) if new else None
        return self._trees[tree]

    def _kept(self, mode: bytes, oid: Oid) -> Oid | None:
        if mode == FOLDER:
            return self._tree(oid)
        if mode not in FILES or self._repo.odb.read_header(oid)[1] >= MAX_POINTER_SIZE:
            return oid
        pointer = parse_pointer(self._repo.odb.read(oid)[1])
        return None if pointer and pointer.oid in self._oids else oid

    def _write(self, kind: ObjectType, data: bytes) -> Oid:
        oid = self._repo.odb.write(kind, data)
        self.written.append(oid)
        return oid
