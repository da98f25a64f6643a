"""`GET /v1/chunks/…`: which xorbs of the repo hold a chunk that the client is about to send."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator
from threading import BoundedSemaphore

from gatehouse.access.gate import Answer as Ruling
from gatehouse.access.gate import read_files
from gatehouse.repos import xet_dedup, xet_files
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Environ
from gatehouse.storage.serve import Answer
from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import HASH_LENGTH, from_hex
from gatehouse.storage.xet.xorb_table import XorbTable
from gatehouse.xet.exchange import data_answer
from gatehouse.xet.shard import write_dedup_shard
from gatehouse.xet.visit import Visit

GOOD_FOR_S = 60 * 60
# An answer takes a second and some memory to write.
_writing = BoundedSemaphore(2)


class UnknownChunk(Refusal):
    """What clients most often hear: they then send the chunk."""

    status = 404
    message = "This repo does not know that chunk."


def answer(_environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    """List the xorbs with their chunks hidden by a key of this answer's own: one learns of chunks that one has.

    Writers whom the gate keeps from reading learn nothing at all.
    """
    xorbs = xet_dedup.around(visit.case.repo_pk, from_hex(found[1])) if read_files(visit.case) is Ruling.YES else []
    if not xorbs:
        raise UnknownChunk
    with _writing:
        tables = list(_tables(xorbs))
        if not tables:
            raise UnknownChunk
        now, key = int(time.time()), secrets.token_bytes(HASH_LENGTH)
        shard = write_dedup_shard(tables, key=key, created=now, expires=now + GOOD_FOR_S)
    return data_answer(shard, "application/octet-stream")


def _tables(xorbs: Iterable[bytes]) -> Iterator[XorbTable]:
    store = xet_files.xorbs()
    for xorb in xorbs:
        try:
            yield store.table(xorb)
        except DamagedXorbError:
            continue  # the client sends those bytes again, which mends it
