"""What Xet clients carry: a pass to one repo, and addresses of single ranges of xorbs.

Neither is a right of its own. Each names its bearer's token by digest, and the gate is asked anew at every use: it dies
with the token, and with the right that it was given for.
"""

import base64
import binascii
import json
import time
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from gatehouse.access.callers import case_of_bearer
from gatehouse.access.gate import Case
from gatehouse.access.refusals import Unauthorized
from gatehouse.storage.errors import Refusal
from gatehouse.storage.xet.hashes import to_hex

PASS_S = 10 * 60  # clients ask for a new one a minute before the end
RANGE_S = 5 * 60
_PASS, _RANGE = "gatehouse.xet.pass", "gatehouse.xet.range"


class BadPass(Unauthorized):
    """The bearer token is none of ours, or too old."""

    def __init__(self) -> None:
        super().__init__("This Xet access token is not valid, or no longer: ask for a new one.")


class BadRange(Refusal):
    """The address was not made here, or too long ago; clients then plan anew."""

    status = 403
    message = "This address is not valid, or no longer, or not for this range: ask for the file's plan again."


@dataclass(frozen=True, slots=True)
class Pass:
    """A repo, whether its bearer came to write, and the digest of the token they came with, empty for nobody's."""

    repo_pk: int
    write: bool
    bearer: str

    def case(self) -> Case:
        """Gather the case of the bearer and the repo as they are now; raises BadCredentials, RepoNotFound."""
        return case_of_bearer(self.bearer, self.repo_pk)


def sign(given: Pass) -> tuple[str, int]:
    """Give the token that clients send, and when it ends, in seconds since 1970."""
    return signing.dumps([given.repo_pk, given.write, given.bearer], salt=_PASS), int(time.time()) + PASS_S


def read(token: str) -> Pass:
    """Read a client's token; raises BadPass."""
    try:
        return Pass(*signing.loads(token, salt=_PASS, max_age=PASS_S))
    except signing.BadSignature as error:
        raise BadPass from error


class RangeSigner:
    """Writes the addresses at which one bearer may read ranges of xorbs for some minutes."""

    def __init__(self, given: Pass) -> None:
        claims = json.dumps([given.repo_pk, given.bearer, int(time.time()) + RANGE_S])
        self._claims = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")

    def __call__(self, xorb: bytes, first: int, last: int) -> str:
        """Give the address for the bytes `first` to `last`, both included."""
        path = f"{to_hex(xorb)}/{first}-{last}/{self._claims}"
        return f"{settings.PUBLIC_URL}/xet/bytes/{path}/{_mac(path)}"


def read_range(path: str, mac: str) -> Pass:
    """Check the address of a range, whose path ends with its claims, and read these; raises BadRange."""
    if not constant_time_compare(_mac(path), mac):
        raise BadRange
    claims = path.rpartition("/")[2]
    try:
        repo_pk, bearer, expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadRange from error
    if expires < time.time():
        raise BadRange
    return Pass(repo_pk, write=False, bearer=bearer)


def _mac(path: str) -> str:
    return salted_hmac(_RANGE, path, algorithm="sha256").hexdigest()
