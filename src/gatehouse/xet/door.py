"""The addresses below /xet/ and what they do: the storage API that clients reach by their pass (XET §2)."""

import re
from collections.abc import Callable
from http import HTTPStatus

from gatehouse.access.refusals import Unauthorized, require_files, require_write
from gatehouse.accounts.environ import token_of
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Door, Environ, drain, require_method
from gatehouse.storage.serve import Answer
from gatehouse.xet import chunks, files, grants, passes, ranges, shards, xorbs
from gatehouse.xet.exchange import PREFLIGHT, json_answer, refuse
from gatehouse.xet.visit import Visit

Handler = Callable[[Environ, Visit, re.Match[str]], Answer]

TELEMETRY_BYTES = 1024 * 1024
_HASH = "([0-9a-f]{64})"
_PREFIX = "(?:default|default-merkledb)"
# hf_xet before 1.5.2 leaves out the version.
_ROUTES: list[tuple[str, re.Pattern[str], Handler, bool]] = [
    ("POST", re.compile(f"(?:v1/)?xorbs/{_PREFIX}/{_HASH}"), xorbs.answer, True),
    ("POST", re.compile(f"v1/xorb-grants/{_PREFIX}/{_HASH}"), grants.offer, True),
    ("POST", re.compile(rf"v1/xorb-commits/{_PREFIX}/{_HASH}/grant/([\w:-]+)"), grants.confirm, True),
    ("POST", re.compile("(?:(v[12])/)?shards"), shards.answer, True),
    ("GET", re.compile(f"(?:v1/)?chunks/{_PREFIX}/{_HASH}"), chunks.answer, True),
    ("GET", re.compile(f"(?:(v[12])/)?reconstructions/{_HASH}"), files.answer, False),
]


class NoSuchAddress(Refusal):
    """What newer clients try first: at a 404 they fall back to what there is."""

    status = 404
    message = "There is nothing at this address."


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    method, (public_id, path) = environ["REQUEST_METHOD"], found.groups()
    if method == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, list(PREFLIGHT))
    for wanted, pattern, handle, writes in _ROUTES:
        if method == wanted and (match := pattern.fullmatch(path)):
            drop_stale_connection()
            return handle(environ, _visit(environ, public_id, writes=writes), match)
    raise NoSuchAddress


def _visit(environ: Environ, public_id: str, *, writes: bool) -> Visit:
    """Ask the gate anew, whatever it said when it gave the pass."""
    token = token_of(environ)
    if token is None:
        raise Unauthorized
    given = passes.read(token)
    case = given.case()
    if case.public_id != public_id or (writes and not given.write):
        raise Refusal("This Xet access token is for something else.", status=HTTPStatus.FORBIDDEN)
    (require_write if writes else require_files)(case)
    return Visit(given, case)


def telemetry(environ: Environ, _found: re.Match[str]) -> Answer:
    """Let clients tell how they fared, and forget it."""
    require_method(environ, "POST")
    drain(environ, TELEMETRY_BYTES)
    return json_answer({})


CAS = Door(re.compile(r"/xet/([0-9a-f]{24})-[0-9]+/(.+)"), answer, refuse)
RANGES = Door(re.compile(r"/xet/bytes/(([0-9a-f]{64})/([0-9]{1,9})-([0-9]{1,9})/[\w-]+)/(\w+)"), ranges.answer, refuse)
GRANTS = Door(re.compile(r"/xet/grants/([\w:-]+)"), grants.take_in, refuse)
TELEMETRY = Door(re.compile(r"/v1/telemetry"), telemetry, refuse)
DOORS = (RANGES, GRANTS, CAS, TELEMETRY)
