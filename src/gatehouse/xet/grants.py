"""Upload grants, by which newer clients send a xorb: they ask, put it where they are told to, and ask whether it came.

Whoever asks for what the repo has is told so, and spared the bytes. Nothing is remembered in between: the name of
a grant is what was granted, signed, and the gate is asked anew at each.
"""

import re
from dataclasses import astuple, dataclass
from http import HTTPStatus

from django.conf import settings
from django.core import signing

from gatehouse.access.gate import Answer as Ruling
from gatehouse.access.gate import Case, read_files
from gatehouse.access.refusals import require_write
from gatehouse.repos import xet_files
from gatehouse.storage.body import read_blocks, read_object
from gatehouse.storage.crc64 import as_announced
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Environ, drain, require_method
from gatehouse.storage.serve import Answer
from gatehouse.storage.xet.hashes import from_hex
from gatehouse.xet import xorbs
from gatehouse.xet.exchange import PREFLIGHT, json_answer
from gatehouse.xet.passes import Pass
from gatehouse.xet.visit import Visit

GRANT_S = 5 * 60  # until its bytes begin to come
LARGEST_REQUEST = 4096
MOST_CRC64 = (1 << 64) - 1
_SALT = "gatehouse.xet.grant"
_DECIMAL = re.compile(r"[0-9]{1,20}")


class NoGrant(Refusal):
    """No bytes came by this grant; or it is none, or for nobody here: clients then send the xorb without."""

    status = 404
    message = "There is no such upload grant, or nothing has come by it."


class BadGrant(Refusal):
    """Clients then ask for a new one."""

    status = 403
    message = "This address is not valid, or no longer: ask for a new upload grant."


class AlreadyThere(Refusal):
    """What clients take as if they had sent it."""

    status = 412
    message = "The repo has this xorb already."


@dataclass(frozen=True, slots=True)
class Grant:
    """Which xorb, of which bytes, somebody with this token may put into which repo."""

    repo_pk: int
    bearer: str
    xorb: str
    size: int
    crc64: int


def offer(environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    """Give the address for a xorb that the repo lacks."""
    size, crc64 = _announced(read_object(environ, LARGEST_REQUEST))
    _require_reader(visit.case)
    if xet_files.has_xorb(visit.case.repo_pk, from_hex(found[1])):
        return json_answer({})
    grant = Grant(visit.case.repo_pk, visit.given.bearer, found[1], size, crc64)
    signed = signing.dumps(astuple(grant), salt=_SALT)
    url = f"{settings.PUBLIC_URL}/xet/grants/{signed}"
    return json_answer({"id": signed, "method": "PUT", "url": url, "headers": {}}, HTTPStatus.CREATED)


def take_in(environ: Environ, found: re.Match[str]) -> Answer:
    """Take in the xorb of a grant: the announced bytes, or none."""
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, list(PREFLIGHT))
    require_method(environ, "PUT")
    drop_stale_connection()
    grant = _read(found[1], max_age=GRANT_S)
    if grant is None:
        raise BadGrant
    given = Pass(grant.repo_pk, write=True, bearer=grant.bearer)
    case = given.case()
    require_write(case)
    _require_reader(case)
    if xet_files.has_xorb(grant.repo_pk, from_hex(grant.xorb)):
        drain(environ, grant.size)
        raise AlreadyThere
    body = read_blocks(environ, limit=grant.size, block=xorbs.BLOCK)
    return xorbs.take_in(given, from_hex(grant.xorb), as_announced(body, size=grant.size, crc64=grant.crc64))


def confirm(_environ: Environ, visit: Visit, found: re.Match[str]) -> Answer:
    """Say whether the xorb of a grant has come; it counts since then."""
    xorb, signed = found.groups()
    grant, repo_pk = _read(signed), visit.case.repo_pk
    _require_reader(visit.case)
    if grant is None or (grant.repo_pk, grant.bearer, grant.xorb) != (repo_pk, visit.given.bearer, xorb):
        raise NoGrant
    if not xet_files.has_xorb(repo_pk, from_hex(xorb)):
        raise NoGrant
    return json_answer({})


def _announced(body: dict[str, object]) -> tuple[int, int]:
    """Give the length and the checksum of the body that is to come."""
    size, checksum = body.get("length"), body.get("checksum")
    if type(size) is not int or not 0 < size <= xorbs.MAX_BODY:
        raise Refusal(f"The length must be a number from 1 to {xorbs.MAX_BODY}.")
    if not isinstance(checksum, dict) or checksum.get("algo") != "crc64nvme":
        raise Refusal("The checksum must be of the algo crc64nvme.")
    value = checksum.get("value")
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or int(value) > MOST_CRC64:
        raise Refusal("The value of the checksum must be a decimal number of 64 bits, as a string.")
    return size, int(value)


def _require_reader(case: Case) -> None:
    """Let writers whom the gate keeps from reading learn nothing of what the repo has: they send xorbs directly."""
    if read_files(case) is not Ruling.YES:
        raise NoGrant


def _read(signed: str, max_age: int | None = None) -> Grant | None:
    try:
        return Grant(*signing.loads(signed, salt=_SALT, max_age=max_age))
    except signing.BadSignature:
        return None
