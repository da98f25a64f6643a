"""`gatehouse backup`: a copy of the hub, taken while it runs; run again, it copies only what is new."""

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from gatehouse.cli import lacking, store_lock
from gatehouse.cli.database_copy import copy_database, put_in_place
from gatehouse.cli.sentences import CommandError
from gatehouse.repos.following import DEFAULT_REF
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import git_path
from gatehouse.storage import marks
from gatehouse.storage.disk import is_about_space, sync
from gatehouse.storage.errors import StorageFull
from gatehouse.storage.git_refs import positions
from gatehouse.storage.git_repos import open_repo
from gatehouse.storage.git_upkeep import moving_refs

KEYS = ("secret.key", "signing-key.pem")
STORES = ("blobs", "xet")  # folders of files that never change
UNFINISHED = frozenset({"incoming", "uploads"})
ROUNDS = 5
BLOCK = 1024 * 1024
ANY_COMMIT = "--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack"

Lost = dict[str, str]  # what cannot be read: the public id of a repository or a path in the data folder, and why


def run(args: Namespace) -> int:
    """Copy the hub so that the copy fits together: what its database speaks of was there before, and stays.

    What cannot be read does not keep the rest from being copied: it is named, in the copy as well. Gives 1 then.
    """
    target = Path(args.folder).absolute()
    source = Path(settings.DATA)
    if target == source or source in target.parents:
        raise CommandError("A backup inside the data folder would be lost with it: name another folder.")
    os.umask(0o077)
    target.mkdir(parents=True, exist_ok=True)
    lacking.note(target, [lacking.UNFINISHED])
    for key in KEYS:
        if (source / key).exists():
            _copy(source / key, target / key)
    lost: Lost = {}
    with store_lock.copying():  # nothing that the copied database speaks of is cleaned up meanwhile
        repos = _copy_database_and_repos(target, lost)
        files = sum(_copy_if_new(source / path, target / path, lost) for path in _stored(source, lost))
    put_in_place(target)
    print(f"{repos} repositories and {files} new large files are copied to {target}.")
    return _conclude(target, lost)


def _conclude(target: Path, lost: Lost) -> int:
    """Write into the copy what it lacks, and say it."""
    names = {repo.public_id: f"{repo.kind} {repo.repo_id}" for repo in _rows(lost)}
    lines = [f"NOT COPIED {names.get(what, what)}: {' '.join(why.split())}" for what, why in lost.items()]
    lacking.note(target, lines)
    if not lines:
        marks.leave(marks.BACKUP_DONE)
        return 0
    print(*lines, f"The rest is copied. {target / lacking.NOTE} names this, too.", sep="\n", file=sys.stderr)
    return 1


def _rows(lost: Lost) -> Iterator[Repo]:
    return Repo.objects.select_related("namespace").filter(public_id__in=lost).iterator()


def _copy_database_and_repos(target: Path, lost: Lost) -> int:
    """Copy all branches, then the database, which knows their large files; then bring `main` to where it saw it."""
    for _ in range(ROUNDS):
        for public_id in Repo.objects.values_list("public_id", flat=True):
            _copy_repo(public_id, target, lost, "+refs/*:refs/*", "--prune")
        heads = copy_database(target, lost)
        if all(_copy_main(public_id, target, lost, head) for public_id, head in heads.items()):
            return len(heads.keys() - lost.keys())
    raise CommandError("Repositories are deleted faster than they can be copied: try again later.")


def _copy_main(public_id: str, target: Path, lost: Lost, head: str) -> bool:
    """Let `main` of the copy lead to `head`; False when the repository is gone."""
    copy = _copy_of(public_id, target)
    if public_id in lost or (copy.exists() and positions(open_repo(copy), [DEFAULT_REF])[DEFAULT_REF] == head):
        return True
    return _copy_repo(public_id, target, lost, f"+{head}:{DEFAULT_REF}")


def _copy_repo(public_id: str, target: Path, lost: Lost, *what: str) -> bool:
    """Bring the copy of a git repository up to date, or note why it cannot be; False when the repository is gone."""
    source, copy = git_path(public_id), _copy_of(public_id, target)
    try:
        with moving_refs(source):  # nothing is removed meanwhile
            if not copy.exists():
                _git("init", "--quiet", "--bare", "--initial-branch=main", str(copy))
            for name in ("config", "HEAD"):
                _copy(source / name, copy / name)
            _git("-C", str(copy), "fetch", "--quiet", "--no-auto-gc", ANY_COMMIT, str(source), *what)
    except (OSError, subprocess.CalledProcessError) as error:
        why = str(getattr(error, "stderr", error))
        if is_about_space(why):
            raise StorageFull(f"There is no space left in {target}.") from error
        if not Repo.objects.filter(public_id=public_id).exists():
            return False
        lost[public_id] = f"{why} ({source})"
    return True


def _copy_of(public_id: str, target: Path) -> Path:
    return target / git_path(public_id).relative_to(settings.DATA)


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True, text=True, errors="replace")


def _stored(source: Path, lost: Lost) -> Iterator[Path]:
    """Give the paths of all finished files of the stores, from the data folder on."""

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # a hub without large files has no folder for them
            lost[str(Path(error.filename).relative_to(source))] = str(error.strerror)

    for store in STORES:
        for folder, below, names in os.walk(source / store, onerror=note):
            below[:] = sorted(set(below) - UNFINISHED)
            yield from (Path(folder, name).relative_to(source) for name in names)


def _copy_if_new(source: Path, target: Path, lost: Lost) -> bool:
    if target.exists():
        return False
    try:
        _copy(source, target)
    except FileNotFoundError:  # found to be damaged, and put into quarantine just now
        return False
    except OSError:
        why = _unreadable(source)
        if not why:  # the copy's place is to blame
            raise
        lost[str(source.relative_to(settings.DATA))] = why
        return False
    return True


def _unreadable(path: Path) -> str:
    """Say why a file cannot be read to its end; nothing when it can."""
    try:
        with path.open("rb") as file:
            while file.read(BLOCK):
                pass
    except OSError as error:
        return str(error.strerror)
    return ""


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    sync(part)
    part.replace(target)
