"""`gatehouse backup`: a copy of the hub, taken while it runs; run again, it copies only what is new."""

import os
import shutil
import sqlite3
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

from gatehouse.cli import store_lock
from gatehouse.cli.sentences import CommandError
from gatehouse.repos.following import DEFAULT_REF
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import git_path
from gatehouse.storage import marks
from gatehouse.storage.disk import sync
from gatehouse.storage.git_refs import positions
from gatehouse.storage.git_repos import open_repo
from gatehouse.storage.git_upkeep import moving_refs

DATABASE = "gatehouse.sqlite3"
STORES = ("blobs", "xet")  # folders of files that never change
UNFINISHED = frozenset({"incoming", "uploads"})
ROUNDS = 5
ANY_COMMIT = "--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack"


def run(args: Namespace) -> None:
    """Copy the hub so that the copy fits together: what its database speaks of was there before, and stays."""
    target = Path(args.folder).absolute()
    source = Path(settings.DATA)
    if target == source or source in target.parents:
        raise CommandError("A backup inside the data folder would be lost with it: name another folder.")
    os.umask(0o077)
    target.mkdir(parents=True, exist_ok=True)
    if (source / "secret.key").exists():
        _copy(source / "secret.key", target / "secret.key")
    with store_lock.copying():  # nothing that the copied database speaks of is cleaned up meanwhile
        repos = _copy_database_and_repos(target)
        files = sum(_copy_if_new(source / path, target / path) for path in _stored(source))
    marks.leave(marks.BACKUP_DONE)
    print(f"{repos} repositories and {files} new large files are copied to {target}.")
    if connection.vendor != "sqlite":
        print("The database is not: it is PostgreSQL's, so run pg_dump before this command.")


def _copy_database_and_repos(target: Path) -> int:
    """Copy all branches, then the database, which knows their large files; then bring `main` to where it saw it."""
    for _ in range(ROUNDS):
        for public_id in Repo.objects.values_list("public_id", flat=True):
            _copy_repo(git_path(public_id), target, "+refs/*:refs/*", "--prune")
        heads = _copy_database(target)
        if all(_copy_main(git_path(public_id), target, head) for public_id, head in heads.items()):
            return len(heads)
    raise CommandError("Repositories are deleted faster than they can be copied: try again later.")


def _copy_database(target: Path) -> dict[str, str]:
    """Copy the database as it is at one moment; give where it sees `main` of each repository, by its public id."""
    if connection.vendor != "sqlite":
        return dict(Repo.objects.values_list("public_id", "head"))
    part = target / f"{DATABASE}.part"
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
        heads = dict(copy.execute("SELECT public_id, head FROM repos_repo").fetchall())
    sync(part)
    part.replace(target / DATABASE)
    return heads


def _copy_main(source: Path, target: Path, head: str) -> bool:
    """Let `main` of the copy lead to `head`; False when the repository is gone."""
    copy = target / source.relative_to(settings.DATA)
    if copy.exists() and positions(open_repo(copy), [DEFAULT_REF])[DEFAULT_REF] == head:
        return True
    return _copy_repo(source, target, f"+{head}:{DEFAULT_REF}")


def _copy_repo(source: Path, target: Path, *what: str) -> bool:
    """Bring the copy of a git repository up to date; False when the repository is gone."""
    copy = target / source.relative_to(settings.DATA)
    if not copy.exists():
        _git("init", "--quiet", "--bare", "--initial-branch=main", str(copy))
    try:
        with moving_refs(source):  # nothing is removed meanwhile
            for name in ("config", "HEAD"):
                _copy(source / name, copy / name)
            _git("-C", str(copy), "fetch", "--quiet", "--no-auto-gc", ANY_COMMIT, str(source), *what)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        if source.exists():
            raise CommandError(f"The repository {source} cannot be read: {getattr(error, 'stderr', error)}") from error
        return False
    return True


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True, text=True)


def _stored(source: Path) -> Iterator[Path]:
    """Give the paths of all finished files of the stores, from the data folder on."""
    for store in STORES:
        for folder, below, names in os.walk(source / store):
            below[:] = sorted(set(below) - UNFINISHED)
            yield from (Path(folder, name).relative_to(source) for name in names)


def _copy_if_new(source: Path, target: Path) -> bool:
    if target.exists():
        return False
    try:
        _copy(source, target)
    except FileNotFoundError:  # found to be damaged, and put into quarantine just now
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    sync(part)
    part.replace(target)
