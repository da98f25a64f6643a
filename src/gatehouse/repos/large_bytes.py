"""Large files of a repo, whichever way their bytes came in: whole as a blob, or by Xet as chunks of xorbs."""

import logging
import time
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings

from gatehouse.repos import possession, xet_files
from gatehouse.repos.repositories import blobs
from gatehouse.storage.blobs import Blob
from gatehouse.storage.database import fetch_row
from gatehouse.storage.errors import EntryNotFound, Refusal
from gatehouse.storage.serve import FileSource, Source

log = logging.getLogger(__name__)

BELIEVED_S = 30  # for so long a process goes by what it read
_FACTS = """
    SELECT f.file_hash FROM repos_repoblob b
    LEFT JOIN repos_xetfile f ON f.repo_id = b.repo_id AND f.sha256 = b.oid
    WHERE b.repo_id = %s AND b.oid = %s
"""


class LostBytes(Refusal):
    """The store should have these bytes and does not."""

    status = 500
    message = "The bytes of this file are lost or damaged on this server; whoever runs it can tell more."


def require_held(public_id: str, repo_pk: int, oid: str) -> None:
    """Raise EntryNotFound unless the bytes of `oid` belong to the repo."""
    _facts((settings.DATA, public_id, time.monotonic() // BELIEVED_S), repo_pk, oid)


def xet_hash(public_id: str, repo_pk: int, oid: str) -> str | None:
    """Give the hash by which Xet knows a large file of the repo; None when its bytes did not come in by Xet."""
    return _facts((settings.DATA, public_id, time.monotonic() // BELIEVED_S), repo_pk, oid)


# The first parameter tells stores, times and repos apart: row numbers may be used again, public ids never.
@lru_cache(maxsize=65536)
def _facts(_of: object, repo_pk: int, oid: str) -> str | None:
    row = fetch_row(_FACTS, (repo_pk, oid))
    if row is None:
        raise EntryNotFound(f"The bytes of this large file ({oid}) were never uploaded to this repo.")
    found: str | None = row[0]
    return found


def source(repo_pk: int, oid: str) -> Source:
    """Give where the bytes come from; whether they belong to the repo is `possession`'s to say. Raises LostBytes."""
    path = blobs().path(oid)
    found = FileSource(path) if path.exists() else xet_files.find(repo_pk, oid)
    if found is None:
        log.error("The bytes of %s in repo %s are missing: see `gatehouse fsck`", oid, repo_pk)
        raise LostBytes
    return found


def stored_sizes(repo_pk: int, oids: Iterable[str]) -> dict[str, int]:
    """Give the sizes of those large files that belong to the repo and whose bytes are there."""
    held, store = possession.held_sizes(repo_pk, oids), blobs()
    missing = {oid for oid, size in held.items() if store.size(oid) != size}
    missing -= xet_files.hashes_of(repo_pk, missing).keys() if missing else set()
    return {oid: size for oid, size in held.items() if oid not in missing}


def copy(holder_pk: int, repo_pk: int, *copied: Blob, user_pk: int | None) -> None:
    """Let a repo have large files of another; the caller has made sure that this person may read them there."""
    xet_files.copy(holder_pk, repo_pk, [blob.oid for blob in copied], user_pk=user_pk)
    possession.take_in(repo_pk, *copied, user_pk=user_pk)
