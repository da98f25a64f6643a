"""Stored bytes that nobody needs any more, freed while uploads run.

What was lately sent may be in the middle of an upload, so nothing goes before a time of grace. Xorbs go in two steps: a
condemned one is offered to no client any more, and comes back if one uses it after all; it is deleted a time of grace
later. Clients keep for weeks which xorbs a repo has: a new epoch makes them forget (XET §7).
"""

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from gatehouse.repos import clean_up, possession, xet_files
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import RepoNotFound, blobs, lock_repo
from gatehouse.repos.xet_models import RepoXorb, XetFile, XetFileXorb, Xorb
from gatehouse.storage.damage import UNREADABLE
from gatehouse.storage.expiry import expire, put_back
from gatehouse.storage.xet.hashes import from_hex, to_hex

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH = 500
LONGEST_UPLOAD = timedelta(hours=1)  # of one xorb


@dataclass
class Freed:
    """What a run did: files and bytes removed, and xorbs that a later run will remove."""

    files: int = 0
    size: int = 0
    condemned: int = 0

    def add(self, size: int | None) -> None:
        if size is not None:
            self.files += 1
            self.size += size


def collect(grace: timedelta) -> Freed:
    """Free what nobody needs and nobody sent or used within `grace`. Any number of runs may go on at once.

    Raises ForeignStore when the tables are not those of this data folder.
    """
    clean_up.require_own_store()
    freed, before = Freed(), timezone.now() - grace
    deadline = before.timestamp()
    put_back(blobs().root)
    put_back(xet_files.xorbs().root)
    _give_up_unnamed(before)
    _forget_files()
    _delete_condemned(before, freed)
    freed.condemned = _condemn(before)
    _delete_blobs(deadline, freed)
    _delete_strays(deadline, freed)
    _delete_lost_repos(min(before, timezone.now() - LONGEST_UPLOAD), freed)
    xet_files.xorbs().clear_stale(max(grace, LONGEST_UPLOAD).total_seconds())
    return freed


def _give_up_unnamed(before: datetime) -> None:
    """Take from repos what was sent there and no commit ever named; git itself has the last word."""
    unnamed = RepoBlob.objects.filter(named_at__isnull=True, added_at__lt=before)
    repos = Repo.objects.filter(pk__in=unnamed.values("repo")).values_list("pk", "public_id")
    for repo_pk, public_id in list(repos):
        try:
            possession.give_up_unneeded(public_id, unnamed.filter(repo=repo_pk))
        except (OSError, KeyError, RepoNotFound, *UNREADABLE) as error:  # damaged: `gatehouse fsck` tells more
            log.warning("The git repository %s cannot be read, so nothing of it is given up: %s", public_id, error)


def _forget_files() -> None:
    """Forget the terms of files that no longer belong to their repo."""
    belongs = Exists(RepoBlob.objects.filter(repo=OuterRef("repo"), oid=OuterRef("sha256")))
    lost = XetFile.objects.exclude(belongs)
    for repo_pk in list(lost.values_list("repo", flat=True).distinct()):
        try:
            with transaction.atomic():
                lock_repo(Repo(pk=repo_pk))
                lost.filter(repo=repo_pk).delete()
        except RepoNotFound:
            continue


def _condemn(before: datetime) -> int:
    """Condemn what belongs to no file and was not sent lately; pardon what meanwhile does. How many are condemned."""
    now = timezone.now()
    used = Exists(XetFileXorb.objects.filter(xorb=OuterRef("pk")))
    sent_lately = Exists(RepoXorb.objects.filter(xorb=OuterRef("pk"), added_at__gte=before))
    with transaction.atomic():
        Xorb.objects.filter(used, condemned_at__isnull=False).update(condemned_at=None)
        Xorb.objects.filter(~used, ~sent_lately, condemned_at__isnull=True).update(condemned_at=now)
        xet_files.begin_epochs(Xorb.objects.filter(condemned_at=now))
    return Xorb.objects.filter(condemned_at__isnull=False).count()


def _delete_condemned(before: datetime, freed: Freed) -> None:
    for name in list(Xorb.objects.filter(condemned_at__lt=before).values_list("pk", flat=True)):
        with transaction.atomic():
            # Under its lock nobody can use it, and the store has it or not as the table says.
            row = Xorb.objects.select_for_update().filter(pk=name, condemned_at__lt=before).first()
            if row is None or XetFileXorb.objects.filter(xorb=name).exists():
                continue
            row.delete()
            xet_files.xorbs().delete(from_hex(name))
        freed.add(row.size)


def _delete_blobs(deadline: float, freed: Freed) -> None:
    store = blobs()
    for oids in _batches(store.oids()):
        held = set(RepoBlob.objects.filter(oid__in=oids).values_list("oid", flat=True))
        for oid in oids:
            if oid not in held:
                freed.add(expire(store.path(oid), deadline))


def _delete_strays(deadline: float, freed: Freed) -> None:
    """Delete xorbs that are in the store and in no table: of uploads that ended at an unlucky moment."""
    store = xet_files.xorbs()
    for names in _batches(map(to_hex, store.hashes())):
        known = set(Xorb.objects.filter(pk__in=names).values_list("pk", flat=True))
        for name in names:
            if name not in known:
                freed.add(expire(store.path(from_hex(name)), deadline))


def _delete_lost_repos(before: datetime, freed: Freed) -> None:
    """Delete git repositories that no table knows: an upload wrote to them while their repo was being deleted."""
    for paths in _batches((Path(settings.DATA) / "repos").glob("??/*.git")):
        rows = Repo.objects.filter(public_id__in=[path.stem for path in paths])
        known = set(rows.values_list("public_id", flat=True))
        for path in paths:
            with suppress(FileNotFoundError):  # its deletion goes on
                if path.stem not in known and path.stat().st_mtime < before.timestamp():
                    for file in path.rglob("*"):
                        freed.add(file.stat().st_size if file.is_file() else None)
                    shutil.rmtree(path)


def _batches(names: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(names)
    while batch := list(islice(rest, BATCH)):
        yield batch
