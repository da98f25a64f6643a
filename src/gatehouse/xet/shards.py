"""`POST /v1/shards` and `/v2/shards`: what files the xorbs make; the second tells meanwhile how far it has come."""

import json
import logging
import re
import tempfile
import time
from collections.abc import Generator, Iterator
from typing import BinaryIO

from gatehouse.repos import xet_files
from gatehouse.storage.body import read_blocks
from gatehouse.storage.disk import refusing_when_full
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Environ
from gatehouse.storage.serve import Answer
from gatehouse.xet.exchange import OPEN_TO_PAGES, data_answer, json_answer
from gatehouse.xet.ingest import Ingest
from gatehouse.xet.shard import MAX_SHARD
from gatehouse.xet.turns import counted, in_turns
from gatehouse.xet.visit import Visit

log = logging.getLogger(__name__)

BLOCK = 256 * 1024
FRAMES = "application/x-ndjson"
# Clients give up on a silent answer after some minutes; a proxy before them often after one.
HEARTBEAT_S = 10.0


def answer(environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    """Verify a shard and register its files.

    What is refused within the first seconds gets a status that says so; later it can only be told in a frame.
    """
    beats = _verified(environ, visit)
    if found[1] != "v2":
        for _ in beats:
            pass
        return json_answer({"result": 1})
    first = next(beats, None)
    if first is None:
        return data_answer(_frame(type="result"), FRAMES)
    headers = [("Content-Type", FRAMES), ("Cache-Control", "no-store"), *OPEN_TO_PAGES]
    return Answer(200, headers, _frames(first, beats))


def _frames(first: bytes, beats: Generator[bytes]) -> Iterator[bytes]:
    """Yield the answer; closing it, as the server does when the client is gone, ends the work."""
    try:
        yield first
        yield from beats
        yield _frame(type="result")
    except Refusal as refusal:
        yield _frame(type="error", message=refusal.message, retryable=False)
    except Exception:
        log.exception("Verifying a shard failed")
        yield _frame(type="error", message="Something went wrong on this server; its log knows more.", retryable=True)
    finally:
        beats.close()


def _verified(environ: Environ, visit: Visit) -> Generator[bytes]:
    """Do the work, yielding a frame every HEARTBEAT_S seconds."""
    store = xet_files.xorbs()
    store.incoming.mkdir(parents=True, exist_ok=True)
    with counted(visit.case.actor.user_id), tempfile.TemporaryFile(dir=store.incoming) as shard:
        ingest = Ingest(visit, shard, _spool(environ, shard))
        due = time.monotonic() + HEARTBEAT_S
        for done in in_turns(ingest.run()):
            if time.monotonic() > due:
                yield _frame(type="validating", verified=done, total=ingest.total)
                due = time.monotonic() + HEARTBEAT_S


def _spool(environ: Environ, shard: BinaryIO) -> int:
    with refusing_when_full():
        shard.writelines(read_blocks(environ, limit=MAX_SHARD, block=BLOCK))
    return shard.tell()


def _frame(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"
