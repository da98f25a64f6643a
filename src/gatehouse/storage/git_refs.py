"""Branches and tags: list, create, delete, and the one function through which a ref moves."""

import os
import subprocess
from dataclasses import dataclass

import pygit2
from pygit2 import Repository
from pygit2.enums import ObjectType

from gatehouse.storage.errors import RefBusy, RefExists, Refusal, RevisionNotFound
from gatehouse.storage.git_paths import branch_ref, tag_ref
from gatehouse.storage.git_repos import Author, lookup

NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch or tag; `target` is the commit it leads to, also through an annotated tag."""

    name: str
    ref: str
    target: str


class RefMoved(Exception):  # noqa: N818
    """The ref was not where its mover had last seen it."""


def move_ref(repo: Repository, ref: str, new: str, old: str) -> None:
    """Set `ref` from `old` to `new` (NOTHING: it must not exist, or shall not), durably and atomically.

    git does it, under its own lock that a push in another process heeds as well. Raises RefMoved when the
    ref is not at `old`, RefBusy when the lock stays taken, Refusal when another ref's name is in the way.
    """
    line = f"delete {ref}\0{old}\0" if new == NOTHING else f"update {ref}\0{new}\0{old}\0"
    command = ["git", "-c", "core.fsync=all", "-c", "core.filesRefLockTimeout=10000", "update-ref"]
    done = subprocess.run(
        [*command, "--no-deref", "-z", "--stdin"],
        cwd=repo.path,
        env=git_environment(),
        input=line.encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        return
    if _current(repo, ref) != old:
        raise RefMoved
    if b".lock'" in done.stderr:
        raise RefBusy
    raise Refusal(f"The name {ref} collides with a reference that exists.", status=409)


def list_refs(repo: Repository) -> tuple[list[Ref], list[Ref]]:
    """Return (branches, tags), each sorted by name."""
    branches, tags = [], []
    for raw in sorted(repo.raw_listall_references()):
        name = raw.decode("utf-8", "replace")
        for prefix, found in (("refs/heads/", branches), ("refs/tags/", tags)):
            if name.startswith(prefix) and (reference := lookup(repo, name)):
                target = reference.peel(None)
                if isinstance(target, pygit2.Tag):
                    target = target.peel(None)
                found.append(Ref(name.removeprefix(prefix), name, str(target.id)))
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


def create_tag(
    repo: Repository, name: str, sha: str, *, message: str | None = None, author: Author | None = None
) -> None:
    """Tag a commit, annotated when there is a message."""
    ref, target = tag_ref(name), sha
    if _current(repo, ref) != NOTHING:
        raise RefExists(f"Reference {ref} already exists")
    if message and author:
        content = _tag_object(name, sha, message, author)
        target = str(repo.odb.write(ObjectType.TAG, content))
    _create(repo, ref, target, overwrite=False)


def delete_tag(repo: Repository, name: str) -> None:
    _delete(repo, tag_ref(name), name)


def git_environment() -> dict[str, str]:
    """Return an environment in which git obeys the repository's own configuration and nobody else's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": "/nonexistent",
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
    return (head + message.replace("\0", "").rstrip("\n") + "\n").encode()
