"""A shard from its arrival to its files in the repo: what it says is checked first, all of it, then written."""

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import BinaryIO

from gatehouse.access.refusals import require_write
from gatehouse.repos import xet_files
from gatehouse.repos.xet_files import VerifiedFile
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.xet.errors import DamagedXorbError, InvalidShard
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.xet.shard import FileRecord, read_shard
from gatehouse.xet.verify import verify_bytes, verify_terms
from gatehouse.xet.visit import Visit

log = logging.getLogger(__name__)

# A few bytes of a shard can name much: what it takes to verify is bounded before it begins.
MOST_BYTES = 1 << 42
MOST_CHUNKS = 1 << 26
TABLES = 64
# Who reads a file has all its terms in memory. Clients make one for each 64 MiB of what is new, and for each 200 KiB or
# more of what they have sent before.
ALWAYS_TERMS = 1 << 13
BYTES_PER_TERM = 32 << 10


@dataclass(frozen=True, slots=True)
class _Found:
    """What verifying a file brought to light."""

    sha256: str
    first_chunk: bytes | None


class Ingest:
    """One shard of one visit; `shard` has `size` bytes."""

    def __init__(self, visit: Visit, shard: BinaryIO, size: int) -> None:
        self._visit, self._shard, self._size = visit, shard, size
        self._repo_pk = visit.case.repo_pk
        self._table = lru_cache(TABLES)(partial(xet_files.known_table, self._repo_pk))
        self.total = self._measure()

    def run(self) -> Iterator[int]:
        """Verify all files, yielding the bytes done so far, and register them; raises Refusal."""
        found, done = list[_Found](), 0
        for record in self._records():
            for _ in verify_terms(record, self._table):
                yield done
            sha256 = xet_files.sha256_of(self._repo_pk, record.file_hash)
            if sha256 is None:
                sha256 = yield from self._verify_bytes(record, done)
            elif record.sha256 not in {None, sha256}:
                raise InvalidShard("A file of the shard does not have the sha256 claimed.")
            done += record.terms.size
            found.append(_Found(sha256, self._first_chunk(record)))
        self._register(found)

    def _records(self) -> Iterator[FileRecord]:
        self._shard.seek(0)
        return read_shard(self._shard, self._size)

    def _measure(self) -> int:
        size = chunks = 0
        for record in self._records():
            size += record.terms.size
            chunks += sum(max(term.end - term.start, 0) for term in record.terms)
            if len(record.terms) > ALWAYS_TERMS + record.terms.size // BYTES_PER_TERM:
                raise InvalidShard("A file of the shard consists of crumbs: send it without Xet.")
            if size > MOST_BYTES or chunks > MOST_CHUNKS:
                raise InvalidShard("The files of a shard may have 4 TiB together.")
        return size

    def _verify_bytes(self, record: FileRecord, done: int) -> Generator[int, None, str]:
        steps = verify_bytes(record, xet_files.xorbs().source(record.terms))
        while True:
            try:
                hashed = next(steps)
            except StopIteration as end:
                sha256: str = end.value
                return sha256
            except DamagedXorbError as error:
                raise self._damaged(error) from error
            yield done + hashed

    def _damaged(self, error: DamagedXorbError) -> Refusal:
        """Let clients forget a damaged xorb: their next attempt sends it anew, which mends it."""
        log.error("A shard of repo %s names a damaged xorb: %s", self._repo_pk, error)
        drop_stale_connection()
        xet_files.distrust(to_hex(error.xorb))
        return Refusal("Some of the stored data that the shard names is damaged: upload again.")

    def _first_chunk(self, record: FileRecord) -> bytes | None:
        if not len(record.terms):
            return None
        first = record.terms[0]
        table = self._table(first.xorb)
        return table.chunk_hashes(first.start, first.start + 1) if table else None

    def _register(self, found: list[_Found]) -> None:
        """Ask the gate once more, for verifying may have taken an hour, and write."""
        drop_stale_connection()
        require_write(self._visit.given.case())
        files = (
            VerifiedFile(record.file_hash, each.sha256, record.terms, each.first_chunk)
            for record, each in zip(self._records(), found, strict=True)
        )
        xet_files.register(self._repo_pk, files, user_pk=self._visit.case.actor.user_id)
