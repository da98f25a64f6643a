"""Commits: write blobs, turn operations into a commit on a branch, squash a branch."""

import time
from collections.abc import Sequence

import pygit2
from pygit2 import Oid, Repository

from gatehouse.storage.disk import refusing_when_full
from gatehouse.storage.errors import RefBusy, StaleParent
from gatehouse.storage.git_operations import Copy, Delete, Operation, Put, build_tree, sync_objects
from gatehouse.storage.git_paths import branch_ref
from gatehouse.storage.git_refs import RefMoved, create_branch, move_ref
from gatehouse.storage.git_repos import Author, commit_at, resolve_revision

__all__ = ["Copy", "Delete", "Operation", "Put", "commit", "create_empty_branch", "squash", "write_blob"]

PATIENCE_S = 30.0  # how long a commit starts over when others keep moving the branch


@refusing_when_full()
def write_blob(repo: Repository, data: bytes) -> str:
    """Write a blob and return its oid; it is made durable by the commit that puts it somewhere."""
    return str(repo.create_blob(data))


@refusing_when_full()
def commit(
    repo: Repository,
    branch: str,
    operations: Sequence[Operation],
    *,
    author: Author,
    message: str,
    parent: str | None = None,
) -> str:
    """Apply the operations to the head of `branch` and return the new head, the old one if nothing changed.

    With `parent` the branch must still be there, else StaleParent; without it the operations are applied
    again to whatever the head has become. Raises RevisionNotFound, InvalidPath, EntryNotFound, RefBusy.
    """
    ref = branch_ref(branch.removeprefix("refs/heads/"))
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        head = _head(repo, ref)
        if parent is not None and str(head.id) != parent:
            raise StaleParent
        tree, written = build_tree(repo, head.tree, operations)
        if tree == head.tree_id:
            return str(head.id)
        new = _write_commit(repo, tree, [head.id], author, message)
        sync_objects(repo, [*written, new])
        try:
            move_ref(repo, ref, str(new), str(head.id))
        except RefMoved:
            continue
        return str(new)
    raise RefBusy


@refusing_when_full()
def squash(repo: Repository, branch: str, *, message: str, author: Author) -> str:
    """Replace the branch's history by one commit of its present files; return its sha."""
    ref = branch_ref(branch.removeprefix("refs/heads/"))
    head = _head(repo, ref)
    new = _write_commit(repo, head.tree_id, [], author, message)
    sync_objects(repo, [new])
    try:
        move_ref(repo, ref, str(new), str(head.id))
    except RefMoved as error:
        raise StaleParent from error
    return str(new)


@refusing_when_full()
def create_empty_branch(repo: Repository, branch: str, *, author: Author, message: str) -> str:
    """Create a branch without files and without history; return its sha. Raises RefExists."""
    tree, written = build_tree(repo, None, [])
    new = str(_write_commit(repo, tree, [], author, message))
    sync_objects(repo, [*written, new])
    create_branch(repo, branch, new)
    return new


def _head(repo: Repository, ref: str) -> pygit2.Commit:
    return commit_at(repo, resolve_revision(repo, ref))


def _write_commit(repo: Repository, tree: Oid, parents: list[Oid], author: Author, message: str) -> Oid:
    who = author.signature()
    text = message.replace("\0", "").encode("utf-8", "replace").decode()
    return repo.create_commit(None, who, who, text, tree, parents)
