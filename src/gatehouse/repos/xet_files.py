"""Files that came in by Xet: which xorbs a repo has, which of its files consist of them, and their bytes."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from gatehouse.repos import possession
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import lock_repo
from gatehouse.repos.xet_models import RepoXorb, XetDedup, XetEpoch, XetFile, XetFileXorb, Xorb
from gatehouse.storage.blobs import Blob
from gatehouse.storage.database import fetch_row
from gatehouse.storage.errors import BlobNotFound, Refusal
from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import from_hex, is_eligible, split_hashes, to_hex
from gatehouse.storage.xet.terms import Terms
from gatehouse.storage.xet.xorb_table import XorbTable
from gatehouse.storage.xet.xorbs import Incoming, LocalXorbs

log = logging.getLogger(__name__)

BATCH = 200  # files written at once


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A file of which all that it says was found true; `first_chunk` is what clients ask for first of all."""

    file_hash: bytes
    sha256: str
    terms: Terms
    first_chunk: bytes | None


def xorbs() -> LocalXorbs:
    return LocalXorbs(Path(settings.DATA) / "xet")


def add_xorb(repo_pk: int, incoming: Incoming, *, user_pk: int | None) -> bool:
    """Keep a xorb whose bytes were sent to this repo; whether the repo did not have it before.

    Raises RepoNotFound when it was deleted while they came.
    """
    table, now = incoming.table, timezone.now()
    name = to_hex(table.xorb)
    row = Xorb(hash=name, size=table.packed_size, chunks=len(table), unpacked=table.unpacked_size)
    mine = RepoXorb.objects.filter(repo=repo_pk, xorb=name)
    with transaction.atomic():
        lock_repo(Repo(pk=repo_pk))
        # This locks the row before the file moves: whoever deletes xorbs comes before, or after and finds it in use.
        Xorb.objects.bulk_create([row], update_conflicts=True, unique_fields=["hash"], update_fields=["condemned_at"])
        incoming.keep()
        new = not mine.update(added_at=now)
        if new:
            RepoXorb.objects.create(repo_id=repo_pk, xorb=row, added_by_id=user_pk, added_at=now)
        _index_chunks(repo_pk, dict.fromkeys(asked_for(table), name))
    incoming.settle()
    return new


_HAS_XORB = """
    SELECT 1 FROM repos_repoxorb r JOIN repos_xorb x ON x.hash = r.xorb_id
    WHERE r.repo_id = %s AND r.xorb_id = %s AND x.condemned_at IS NULL
"""


def has_xorb(repo_pk: int, xorb: bytes) -> bool:
    """Whether this repo has a xorb so that it need not be sent again: one that is lost or condemned need be."""
    if fetch_row(_HAS_XORB, (repo_pk, to_hex(xorb))) is None:
        return False
    try:
        xorbs().table(xorb)
    except DamagedXorbError:
        return False
    return True


def asked_for(table: XorbTable) -> Iterator[str]:
    """Give the chunks of a xorb that clients may ask for: the first too, so that a broken upload can go on."""
    for place, chunk in enumerate(split_hashes(table.hashes)):
        if place == 0 or is_eligible(chunk):
            yield to_hex(chunk)


def _index_chunks(repo_pk: int, found: Mapping[str, str]) -> None:
    rows = [XetDedup(repo_id=repo_pk, chunk=chunk, xorb_id=name) for chunk, name in sorted(found.items())]
    XetDedup.objects.bulk_create(
        rows, BATCH, update_conflicts=True, unique_fields=["repo", "chunk"], update_fields=["xorb"]
    )


def known_table(repo_pk: int, xorb: bytes) -> XorbTable | None:
    """Give the table of a xorb that came into this repo; None for any other, and for one that is lost."""
    if not RepoXorb.objects.filter(repo=repo_pk, xorb=to_hex(xorb)).exists():
        return None
    try:
        return xorbs().table(xorb)
    except DamagedXorbError:
        log.exception("A shard of repo %s names a damaged xorb", repo_pk)
        distrust(to_hex(xorb))
        return None


def register(repo_pk: int, files: Iterable[VerifiedFile], *, user_pk: int | None) -> None:
    """Let the repo have these files, some at a time so that others can write in between.

    Raises RepoNotFound, and Refusal if a xorb is gone by now.
    """
    try:
        for batch in _batches(files):
            with transaction.atomic():
                lock_repo(Repo(pk=repo_pk))
                _write(repo_pk, batch, user_pk)
                firsts = {to_hex(file.first_chunk): to_hex(file.terms[0].xorb) for file in batch if file.first_chunk}
                _index_chunks(repo_pk, firsts)
    except IntegrityError as error:
        raise Refusal("Some of the data that the shard names was removed meanwhile: upload again.") from error


def _batches(files: Iterable[VerifiedFile]) -> Iterator[list[VerifiedFile]]:
    """Group files, each of them once in a group."""
    batch = dict[bytes, VerifiedFile]()
    for file in files:
        batch[file.file_hash] = file
        if len(batch) == BATCH:
            yield list(batch.values())
            batch.clear()
    if batch:
        yield list(batch.values())


def _write(repo_pk: int, batch: list[VerifiedFile], user_pk: int | None) -> None:
    now = timezone.now()
    rows = [
        XetFile(
            repo_id=repo_pk,
            file_hash=to_hex(file.file_hash),
            sha256=file.sha256,
            size=file.terms.size,
            terms=file.terms.packed,
            verified_at=now,
        )
        for file in batch
    ]
    # The newest terms win: they were checked just now, and may replace some that lead to damaged xorbs.
    XetFile.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["repo", "file_hash"],
        update_fields=["sha256", "size", "terms", "verified_at"],
    )
    written = [row.pk for row in rows]
    XetFileXorb.objects.filter(file__in=written).delete()
    needs = [
        XetFileXorb(file=row, xorb_id=to_hex(xorb))
        for row, file in zip(rows, batch, strict=True)
        for xorb in file.terms.xorbs()
    ]
    XetFileXorb.objects.bulk_create(needs, BATCH)
    Xorb.objects.filter(condemned_at__isnull=False, files__file__in=written).update(condemned_at=None)
    possession.take_in(repo_pk, *{Blob(row.sha256, row.size) for row in rows}, user_pk=user_pk)


def epoch(repo_pk: int) -> int:
    """Give the number that changes when xorbs of the repo are given up, upon which clients forget what they know."""
    row = fetch_row("SELECT number FROM repos_xetepoch WHERE repo_id = %s", (repo_pk,))
    return row[0] if row else 0


def begin_epochs(xorbs: QuerySet[Xorb]) -> None:
    """Let the clients of all repos that have one of these xorbs forget which xorbs they know."""
    for repo_pk in RepoXorb.objects.filter(xorb__in=xorbs).values_list("repo", flat=True).distinct():
        XetEpoch.objects.get_or_create(repo_id=repo_pk)
        XetEpoch.objects.filter(repo=repo_pk).update(number=F("number") + 1)


def distrust(name: str) -> None:
    """Offer a lost or damaged xorb to clients no more, so that they send its bytes again."""
    lost = Xorb.objects.filter(pk=name)
    with transaction.atomic():
        begin_epochs(lost.filter(condemned_at__isnull=True))
        lost.update(condemned_at=timezone.now())


def sha256_of(repo_pk: int, file_hash: bytes) -> str | None:
    """Give the sha256 of a file that this repo already has."""
    return XetFile.objects.filter(repo=repo_pk, file_hash=to_hex(file_hash)).values_list("sha256", flat=True).first()


def hashes_of(repo_pk: int, oids: Iterable[str]) -> dict[str, str]:
    """Give the Xet hashes of those large files of a repo that came in by Xet, by their sha256."""
    rows = XetFile.objects.filter(repo=repo_pk, sha256__in=list(oids))
    return dict(rows.order_by("-pk").values_list("sha256", "file_hash"))


def terms_of(repo_pk: int, file_hash: bytes, *, registered_by: int | None) -> Terms | None:
    """Give the terms of a file that a commit of the repo has named, or that this person sent there; else None."""
    row = XetFile.objects.filter(repo=repo_pk, file_hash=to_hex(file_hash)).only("sha256").first()
    blob = RepoBlob.objects.filter(repo=repo_pk, oid=row.sha256).first() if row else None
    if row is None or blob is None:
        return None
    open_to_caller = blob.named_at or (registered_by is not None and blob.added_by_id == registered_by)
    return _terms(row.pk) if open_to_caller else None


# Terms of large files take megabytes: who reads the same file at the same time shares them.
_in_use: WeakValueDictionary[tuple[object, ...], Terms] = WeakValueDictionary()
_VERSION = "SELECT verified_at FROM repos_xetfile WHERE id = %s"
_TERMS = "SELECT terms FROM repos_xetfile WHERE id = %s AND verified_at = %s"


def _terms(pk: int) -> Terms | None:
    """Give the terms of a file; None if it was given up just now."""
    row = fetch_row(_VERSION, (pk,))
    key = (settings.DATA, pk, *(row or ()))
    terms = _in_use.get(key)
    if terms is None and row is not None and (found := fetch_row(_TERMS, (pk, row[0]))):
        terms = _in_use[key] = Terms(bytes(found[0]))
    return terms


class XetBlob:
    """The bytes of a file, by the row that holds its terms, read when the bytes are."""

    def __init__(self, pk: int) -> None:
        self._pk = pk

    def read_range(self, start: int, stop: int) -> Iterator[bytes]:
        """Bytes [start, stop) in blocks, verified; DamagedXorbError where the store cannot give them."""
        terms = _terms(self._pk)
        if terms is None:
            raise BlobNotFound
        try:
            yield from xorbs().source(terms).read_range(start, stop)
        except DamagedXorbError:
            log.exception("The Xet file %s is damaged", self._pk)
            raise


def find(repo_pk: int, oid: str) -> XetBlob | None:
    """Give the bytes of a large file of the repo, if they came in by Xet."""
    row = fetch_row(_BY_SHA256, (repo_pk, oid))
    return XetBlob(row[0]) if row else None


_BY_SHA256 = "SELECT id FROM repos_xetfile WHERE repo_id = %s AND sha256 = %s ORDER BY id LIMIT 1"


def copy(holder_pk: int, repo_pk: int, oids: Collection[str], *, user_pk: int | None) -> None:
    """Let another repo have files as this repo has them, but nothing else of the xorbs that they consist of."""
    rows = XetFile.objects.filter(repo=holder_pk, sha256__in=oids).order_by("pk").iterator()
    files = (VerifiedFile(from_hex(row.file_hash), row.sha256, Terms(bytes(row.terms)), None) for row in rows)
    register(repo_pk, files, user_pk=user_pk)
