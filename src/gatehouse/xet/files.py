"""`GET /v1|v2/reconstructions/…`: from which ranges of which xorbs a file is made."""

import re

from gatehouse.access.refusals import require_files
from gatehouse.repos import downloads, xet_files
from gatehouse.storage.errors import BlobNotFound
from gatehouse.storage.lean_door import Environ
from gatehouse.storage.serve import Answer
from gatehouse.storage.xet.hashes import from_hex
from gatehouse.xet.exchange import json_answer
from gatehouse.xet.passes import RangeSigner
from gatehouse.xet.reconstruct import as_v1, as_v2, plan_range
from gatehouse.xet.visit import Visit

_RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{0,19})")


def answer(environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    """Plan a file of the repo that a commit has named; writers may also ask for what they have just sent."""
    version, spelling = found.groups()
    require_files(visit.case)
    sender = visit.case.actor.user_id if visit.given.write else None
    terms = xet_files.terms_of(visit.case.repo_pk, from_hex(spelling), registered_by=sender)
    if terms is None:
        raise BlobNotFound("This repo has no such file.")
    start, stop = _wanted(environ, terms.size)
    plan = plan_range(terms, xet_files.xorbs().table, start, stop)
    given = json_answer((as_v2 if version == "v2" else as_v1)(plan, RangeSigner(visit.given)))
    if start == 0:
        downloads.count(visit.case.repo_pk, environ, given)
    return given


def _wanted(environ: Environ, size: int) -> tuple[int, int]:
    """Give the bytes [start, stop) that the client asks for; the whole without a Range that can be read."""
    found = _RANGE.fullmatch(environ.get("HTTP_RANGE", "").strip())
    if found is None:
        return 0, size
    first, last = int(found[1]), int(found[2] or size - 1)
    return (first, min(last + 1, size)) if first <= last or first >= size else (0, size)
