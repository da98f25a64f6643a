"""Whether what is stored is still what was put there; what is not goes into quarantine, so that nobody is served it.

Clients that fetch chunks do not verify them, so this must. Bytes that are sent again take the place of lost ones.
"""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from gatehouse.repos import card, xet_files, xet_rebuild
from gatehouse.repos.following import DEFAULT_REF
from gatehouse.repos.models import BranchMove, Repo, RepoBlob
from gatehouse.repos.repositories import blobs, git_path, open_git
from gatehouse.repos.xet_models import XetFile, Xorb
from gatehouse.storage.disk import sync
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_refs import git_environment, positions
from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import from_hex, to_hex

LONGEST_COMPLAINT = 300


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it was stored: a blob, a xorb or a git repository, and the files that need it."""

    what: str
    name: str
    problem: str
    files: list[str] = field(default_factory=list)  # namespace/name and the sha256 of a file there
    mended: bool = False


def inspect_blobs() -> Iterator[Damage | None]:
    """Hash every blob anew. Yields None for a sound one."""
    store = blobs()
    for oid in store.oids():
        try:
            with store.path(oid).open("rb") as stored:
                sound = hashlib.file_digest(stored, "sha256").hexdigest() == oid
        except FileNotFoundError:
            continue
        if not sound:
            _quarantine(store.path(oid), "blobs")
        yield None if sound else Damage("blob", oid, "does not have its sha256 any more", _holders([oid]))


def inspect_xorbs() -> Iterator[Damage | None]:
    """Unpack and hash every xorb anew, and write into the tables what they lack of it. Yields None for a sound one."""
    store = xet_files.xorbs()
    for xorb in store.hashes():
        try:
            table = store.check(xorb)
        except FileNotFoundError:
            continue
        except (DamagedXorbError, Refusal) as error:
            _quarantine(store.path(xorb), "xet")
            yield _lost_xorb(to_hex(xorb), str(error))
        else:
            xet_rebuild.note_xorb(table)
            yield None


def inspect_files() -> Iterator[Damage | None]:
    """Look for the xorbs that files need, and write into the tables what they lack. Yields None for a sound one."""
    for pk in XetFile.objects.order_by("pk").values_list("pk", flat=True).iterator():
        file = XetFile.objects.select_related("repo__namespace").filter(pk=pk).first()
        if file is None:
            continue
        lost = xet_rebuild.note_file(file)
        needed_by = [f"{file.repo.repo_id} {file.sha256}"]
        yield None if lost is None else Damage("xorb", lost, "is missing", needed_by)


def inspect_tables() -> Iterator[Damage | None]:
    """Look for what the tables name and the stores do not have. Yields None for what is there."""
    store, xorbs = blobs(), xet_files.xorbs()
    for name in Xorb.objects.values_list("pk", flat=True).iterator():
        missing = not xorbs.path(from_hex(name)).exists() and Xorb.objects.filter(pk=name).exists()
        yield _lost_xorb(name, "is missing") if missing else None
    for row in RepoBlob.objects.select_related("repo__namespace").iterator():
        missing = store.size(row.oid) is None and not XetFile.objects.filter(repo=row.repo_id, sha256=row.oid).exists()
        yield Damage("blob", row.oid, "is missing", [f"{row.repo.repo_id} {row.oid}"]) if missing else None


def inspect_repos() -> Iterator[Damage | None]:
    """Let git check every repository, and leave it where it is. Yields None for a sound one."""
    for repo in Repo.objects.select_related("namespace").order_by("pk").iterator():
        complaint = _complaint_of_git(git_path(repo.public_id))
        if not complaint:
            yield _behind(repo)
        elif Repo.objects.filter(pk=repo.pk).exists():
            yield Damage("repository", repo.repo_id, complaint)


def _complaint_of_git(path: Path) -> str:
    if not (path / "HEAD").is_file():
        return f"is missing: there is no git repository at {path}"
    done = subprocess.run(
        ["git", "fsck", "--full", "--no-dangling", "--no-progress"],
        cwd=path,
        env=git_environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    words = " ".join((done.stderr + done.stdout).split())[:LONGEST_COMPLAINT]
    return (words or f"git fsck ended with {done.returncode}") if done.returncode else ""


def _behind(repo: Repo) -> Damage | None:
    """Let a row follow `main` that an older copy of the database has brought; git may not be the older of the two."""
    git = open_git(repo.public_id)
    if positions(git, [DEFAULT_REF])[DEFAULT_REF] == repo.head or BranchMove.objects.filter(repo=repo.pk).exists():
        return None
    if repo.head not in git:
        return Damage("repository", repo.repo_id, f"lacks the commit {repo.head} to which the database saw main lead")
    card.refresh(repo)
    return Damage("repository", repo.repo_id, "main had gone on from where the database saw it", mended=True)


def _lost_xorb(name: str, problem: str) -> Damage:
    xet_files.distrust(name)
    needing = XetFile.objects.filter(xorbs__xorb=name).values_list("sha256", flat=True)
    return Damage("xorb", name, problem, _holders(list(needing)))


def _holders(oids: list[str]) -> list[str]:
    rows = RepoBlob.objects.filter(oid__in=oids).select_related("repo__namespace").order_by("repo", "oid")
    return [f"{row.repo.repo_id} {row.oid}" for row in rows]


def _quarantine(path: Path, store: str) -> None:
    folder = Path(settings.DATA) / "quarantine" / store
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.replace(folder / path.name)
        sync(folder)
