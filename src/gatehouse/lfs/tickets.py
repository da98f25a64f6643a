"""Addresses that carry their own authority, since the clients send no token to them (HUB-API §6.2).

A ticket names its bearer's token by digest, and the gate is asked anew at every use: it dies with the token, and
with the right that it was given for.
"""

from dataclasses import astuple, dataclass

from django.conf import settings
from django.core import signing

from gatehouse.access.callers import case_of_bearer
from gatehouse.access.gate import Case
from gatehouse.storage.errors import Refusal

DAY_S = 24 * 60 * 60
# Uploads wait in the client's queue behind other large files; a download's address is soon asked for again.
LIFETIME_S = {"upload": DAY_S, "part": DAY_S, "complete": DAY_S, "verify": DAY_S, "download": 15 * 60}
_SALT = "gatehouse.lfs."


class BadTicket(Refusal):
    """The address was not made here, or too long ago."""

    status = 403
    message = "This address is not valid, or no longer: ask the LFS batch endpoint for a new one."


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address is good for. `bearer` is a token's digest, empty for nobody's; `upload` a multipart upload."""

    repo_pk: int
    oid: str
    size: int
    bearer: str
    upload: str = ""


def address(verb: str, ticket: Ticket) -> str:
    """Give the URL at which the bearer may do `verb`, a key of LIFETIME_S."""
    return f"{settings.PUBLIC_URL}/lfs/{verb}/{signing.dumps(astuple(ticket), salt=_SALT + verb)}"


def read(verb: str, signed: str) -> Ticket:
    """Read the ticket of an address; raises BadTicket."""
    try:
        return Ticket(*signing.loads(signed, salt=_SALT + verb, max_age=LIFETIME_S[verb]))
    except signing.BadSignature as error:
        raise BadTicket from error


def case_of(ticket: Ticket) -> Case:
    """Gather the case of the bearer and the repo as they are now; raises BadCredentials, RepoNotFound."""
    return case_of_bearer(ticket.bearer, ticket.repo_pk)
