"""`POST /v1/xorbs/…`: the bytes of a xorb, to disk and verified before they count, as all xorbs are that come in."""

import re
from collections.abc import Iterable

from gatehouse.access.refusals import require_write
from gatehouse.repos import xet_files
from gatehouse.storage.body import read_blocks
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.lean_door import Environ
from gatehouse.storage.serve import Answer
from gatehouse.storage.xet.hashes import from_hex
from gatehouse.storage.xet.xorb import MAX_CHUNKS, MAX_STORED
from gatehouse.xet.exchange import json_answer
from gatehouse.xet.passes import Pass
from gatehouse.xet.visit import Visit

BLOCK = 256 * 1024
# Some clients send a footer along, which is not read.
MAX_BODY = MAX_STORED + 48 * MAX_CHUNKS


def answer(environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    return take_in(visit.given, from_hex(found[1]), read_blocks(environ, limit=MAX_BODY, block=BLOCK))


def take_in(given: Pass, xorb: bytes, blocks: Iterable[bytes]) -> Answer:
    """Take in a xorb, if its sender still may when it has come; `was_inserted` tells of this repo only."""
    with xet_files.xorbs().receiving(blocks, xorb) as incoming:
        drop_stale_connection()
        case = given.case()
        require_write(case)
        new = xet_files.add_xorb(case.repo_pk, incoming, user_pk=case.actor.user_id)
    return json_answer({"was_inserted": new})
