"""Branches and tags: list, create, delete, and the one function through which a ref moves."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from pygit2 import Repository
from pygit2.enums import ObjectType

from gatehouse.storage.disk import is_about_space, refusing_when_full
from gatehouse.storage.errors import RefBusy, RefExists, Refusal, RepositoryDamaged, RevisionNotFound, StorageFull
from gatehouse.storage.git_operations import sync_objects
from gatehouse.storage.git_paths import branch_ref, tag_ref
from gatehouse.storage.git_repos import Author, commit_of, lookup

NOTHING = "0" * 40
LOCK_PATIENCE_MS = 10_000
_UPDATE_REF = ("update-ref", "--no-deref", "-z", "--stdin")


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch or tag; `target` is the commit it leads to, also through an annotated tag."""

    name: str
    ref: str
    target: str


@dataclass(frozen=True, slots=True)
class Update:
    """A move of one ref, done or asked for: shas before and after, NOTHING where there is none."""

    old: str
    new: str
    ref: str


class RefMoved(Exception):
    """The ref was not where its mover had last seen it."""


_noted: ContextVar[list[Update] | None] = ContextVar("noted", default=None)


@contextmanager
def noting_moves() -> Iterator[list[Update]]:
    """Give the list in which every ref that is moved in here, in this thread, is noted."""
    moved: list[Update] = []
    token = _noted.set(moved)
    try:
        yield moved
    finally:
        _noted.reset(token)


def all_refs(repo: Repository) -> list[str]:
    """List the full names of all branches and tags."""
    return [ref for ref in repo.references if ref.startswith(("refs/heads/", "refs/tags/"))]


def positions(repo: Repository, refs: Iterable[str]) -> dict[str, str]:
    """Give where each of `refs` is, NOTHING for one that does not exist."""
    return {ref: _current(repo, ref) for ref in refs}


def move_ref(repo: Repository, ref: str, new: str, old: str) -> None:
    """Set `ref` from `old` to `new` (NOTHING: it must not exist, or shall not), durably and atomically.

    git does it, under its own lock that a push in another process heeds as well. Raises RefMoved when the
    ref is not at `old`, RefBusy when the lock stays taken, Refusal when another ref's name is in the way.
    """
    line = f"delete {ref}\0{old}\0" if new == NOTHING else f"update {ref}\0{new}\0{old}\0"
    done = subprocess.run(
        ["git", "-c", "core.fsync=all", "-c", f"core.filesRefLockTimeout={LOCK_PATIENCE_MS}", *_UPDATE_REF],
        cwd=repo.path,
        env=git_environment(),
        input=line.encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        noted = _noted.get()
        if noted is not None:
            noted.append(Update(old, new, ref))
        return
    if _current(repo, ref) != old:
        raise RefMoved
    raise _why_not(ref, done.stderr.decode("utf-8", "replace"))


def _why_not(ref: str, complaint: str) -> Exception:
    if ".lock': File exists" in complaint:
        return RefBusy()
    if "; cannot create '" in complaint:
        return RefExists(f"Reference {ref} collides with one that already exists")
    if "with nonexistent object" in complaint:
        return RepositoryDamaged()
    if "couldn't write '" in complaint or is_about_space(complaint):
        return StorageFull()
    return RuntimeError(f"git update-ref failed: {complaint}")


def list_refs(repo: Repository) -> tuple[list[Ref], list[Ref]]:
    """Return (branches, tags), each sorted by name; tags that lead to no commit are left out."""
    branches: list[Ref] = []
    tags: list[Ref] = []
    for name in sorted(raw.decode("utf-8", "replace") for raw in repo.raw_listall_references()):
        reference = lookup(repo, name)
        target = commit_of(reference) if reference else None
        for prefix, found in (("refs/heads/", branches), ("refs/tags/", tags)):
            if target and name.startswith(prefix):
                found.append(Ref(name.removeprefix(prefix), name, target))
    return branches, tags


def create_branch(repo: Repository, name: str, start_sha: str, *, overwrite: bool = False) -> None:
    """Create a branch at a commit; an existing one is refused with 409, or moved with `overwrite`."""
    _create(repo, branch_ref(name), start_sha, overwrite=overwrite)


def delete_branch(repo: Repository, name: str) -> None:
    """Delete a branch, never the default one."""
    ref = branch_ref(name)
    if ref == repo.lookup_reference("HEAD").target:
        raise Refusal(f"Cannot delete {ref}")
    _delete(repo, ref, name)


@refusing_when_full()
def create_tag(
    repo: Repository, name: str, sha: str, *, message: str | None = None, author: Author | None = None
) -> None:
    """Tag a commit, annotated when there is a message and its author."""
    ref, target = tag_ref(name), sha
    if message and author:
        tag = repo.odb.write(ObjectType.TAG, _tag_object(name, sha, message, author))
        sync_objects(repo, [tag])
        target = str(tag)
    _create(repo, ref, target, overwrite=False)


def delete_tag(repo: Repository, name: str) -> None:
    _delete(repo, tag_ref(name), name)


def git_environment() -> dict[str, str]:
    """Return an environment in which git heeds the repository's configuration and nobody else's."""
    return {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
        "PATH": os.environ.get("PATH", os.defpath),
    }


def _create(repo: Repository, ref: str, sha: str, *, overwrite: bool) -> None:
    old = _current(repo, ref)
    if old != NOTHING and not overwrite:
        raise RefExists(f"Reference {ref} already exists")
    try:
        move_ref(repo, ref, sha, old)
    except RefMoved as error:
        raise RefExists(f"Reference {ref} already exists") from error


def _delete(repo: Repository, ref: str, name: str) -> None:
    old = _current(repo, ref)
    if old == NOTHING:
        raise RevisionNotFound(f"Invalid rev id: {name}")
    try:
        move_ref(repo, ref, NOTHING, old)
    except RefMoved as error:
        raise RefBusy from error


def _current(repo: Repository, ref: str) -> str:
    reference = lookup(repo, ref)
    return NOTHING if reference is None else str(reference.target)


def _tag_object(name: str, sha: str, message: str, author: Author) -> bytes:
    who = author.signature()
    head = f"object {sha}\ntype commit\ntag {name}\ntagger {who.name} <{who.email}> {who.time} +0000\n\n"
    return (head + message.replace("\0", "").rstrip("\n") + "\n").encode("utf-8", "replace")
