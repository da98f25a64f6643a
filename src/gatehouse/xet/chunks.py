"""`GET /v1/chunks/…`: which xorbs of the repo hold a chunk that the client is about to send."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator

from gatehouse.repos import xet_dedup, xet_files
from gatehouse.storage.errors import BlobNotFound
from gatehouse.storage.lean_door import Environ
from gatehouse.storage.serve import Answer
from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import HASH_LENGTH, from_hex
from gatehouse.storage.xet.xorb_table import XorbTable
from gatehouse.xet.exchange import data_answer
from gatehouse.xet.shard import write_dedup_shard
from gatehouse.xet.visit import Visit

GOOD_FOR_S = 60 * 60


def answer(_environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    """List the xorbs with their chunks hidden by a key of this answer's own: one learns of chunks that one has."""
    tables = list(_tables(xet_dedup.around(visit.case.repo_pk, from_hex(found[1]))))
    if not tables:
        raise BlobNotFound("This repo does not know that chunk.")
    now = int(time.time())
    key = secrets.token_bytes(HASH_LENGTH)
    shard = write_dedup_shard(tables, key=key, created=now, expires=now + GOOD_FOR_S)
    return data_answer(shard, "application/octet-stream")


def _tables(xorbs: Iterable[bytes]) -> Iterator[XorbTable]:
    store = xet_files.xorbs()
    for xorb in xorbs:
        try:
            yield store.table(xorb)
        except DamagedXorbError:
            continue  # the client sends those bytes again, which mends it
