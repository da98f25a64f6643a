"""What a push may not do: move other refs than branches and tags, lose the default branch, name others' large files."""

import os
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pygit2 import Odb
from pygit2.enums import ObjectType

from gatehouse.access import possession
from gatehouse.access.gate import Case
from gatehouse.access.possession import NotInPossession
from gatehouse.repos.card import DEFAULT_BRANCH
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_paths import branch_ref, tag_ref
from gatehouse.storage.git_refs import NOTHING, Update, git_environment
from gatehouse.storage.pointers import MAX_POINTER_SIZE, parse_pointer

MOST_REFS = 1000
POINTERS_AT_ONCE = 1000
DEFAULT_REF = f"refs/heads/{DEFAULT_BRANCH}"


def check(case: Case, path: Path, quarantine: str, updates: list[Update]) -> None:
    """Refuse a push whose objects wait in `quarantine` (empty: it brings none). Nothing has moved yet."""
    if len(updates) > MOST_REFS:
        raise Refusal(f"A push may move {MOST_REFS} branches and tags at once: push them bit by bit.")
    for update in updates:
        _check_ref(update)
    pointers = _new_pointers(path, quarantine, [update.new for update in updates if update.new != NOTHING])
    while some := dict(islice(pointers, POINTERS_AT_ONCE)):
        possession.ensure(case.actor, case.repo_pk, some)


def _check_ref(update: Update) -> None:
    kind = next((kind for kind in ("refs/heads/", "refs/tags/") if update.ref.startswith(kind)), None)
    if kind is None:
        raise Refusal(f"{update.ref} cannot be pushed: only branches and tags can.")
    if update.new == NOTHING:
        if update.ref == DEFAULT_REF:
            raise Refusal(f"The branch {DEFAULT_BRANCH} is this repo's default branch and cannot be deleted.")
        return
    (branch_ref if kind == "refs/heads/" else tag_ref)(update.ref.removeprefix(kind))


def _new_pointers(path: Path, quarantine: str, tips: list[str]) -> Iterator[tuple[str, int]]:
    """Yield (oid, size) of each pointer that is reachable from `tips` but from no branch or tag there is."""
    odb, sizes = Odb(str(path / "objects")), dict[str, int]()
    if quarantine:
        odb.add_disk_alternate(quarantine)
    for oid in _new_objects(path, quarantine, tips):
        kind, size = odb.read_header(oid)
        if kind != ObjectType.BLOB or size >= MAX_POINTER_SIZE:
            continue
        pointer = parse_pointer(odb.read(oid)[1])
        if pointer is None:
            continue
        if sizes.setdefault(pointer.oid, pointer.size) != pointer.size:
            raise NotInPossession(pointer.oid)
        yield pointer.oid, pointer.size


def _new_objects(path: Path, quarantine: str, tips: list[str]) -> Iterator[str]:
    if not tips:
        return
    objects = path / "objects"
    where = {"GIT_OBJECT_DIRECTORY": quarantine or str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}
    with subprocess.Popen(
        ["git", "rev-list", "--objects", "--no-object-names", *tips, "--not", "--branches", "--tags"],
        cwd=path,
        env=git_environment() | where,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as listing:
        assert listing.stdout is not None  # noqa: S101 - asked for by PIPE
        for line in listing.stdout:
            yield os.fsdecode(line).strip()
    if listing.returncode:
        raise Refusal("The push names objects that neither came with it nor were here before.")
