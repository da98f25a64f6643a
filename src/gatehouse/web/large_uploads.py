"""Large files sent by a browser in parts, so that what was sent survives a broken connection or a closed tab.

The upload's address is signed for one person and one repo; a later commit names what was completed (`writing.upload`).
"""

from dataclasses import asdict, dataclass
from http import HTTPStatus

from django.core import signing
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from gatehouse.repos import possession
from gatehouse.repos.repositories import blobs
from gatehouse.storage.body import read_blocks
from gatehouse.storage.errors import Refusal, UploadNotFound
from gatehouse.storage.multipart import MAX_PARTS
from gatehouse.web.visits import Visit, authors_page

PART = 32 * 1024**2  # bytes
LARGEST = PART * MAX_PARTS
DIGITS = 16
LIFETIME_S = 7 * 24 * 3600
SALT = "gatehouse.web.large_uploads"


@dataclass(frozen=True)
class Ticket:
    """An upload that has begun: whose it is, where it goes, and how many bytes it will have."""

    upload: str
    repo: int
    user: int
    size: int


@require_POST
@authors_page
def begin(visit: Visit) -> HttpResponse:
    size = visit.request.POST.get("size", "")
    if not (size.isascii() and size.isdigit() and len(size) <= DIGITS and 0 < int(size) <= LARGEST):
        raise Refusal("The size must be a number of bytes.")
    ticket = Ticket(blobs().create_upload(PART), visit.repo.pk, visit.person.pk, int(size))
    return JsonResponse({"upload": signing.dumps(asdict(ticket), salt=SALT), "part": PART})


@require_http_methods(["GET", "POST"])
@authors_page
def one(visit: Visit, signed: str) -> HttpResponse:
    """Tell which parts are there, or complete the upload: the answer names the file for the commit."""
    ticket = _read(visit, signed)
    parts = blobs().received_parts(ticket.upload)
    if visit.request.method == "GET":
        return JsonResponse({"part": PART, "received": [number for number, _ in parts]})
    blob = blobs().complete(ticket.upload, parts, None, ticket.size)
    visit.ask_again()
    possession.take_in(visit.repo.pk, blob, user_pk=visit.person.pk)
    return JsonResponse({"oid": blob.oid, "size": blob.size})


@require_http_methods(["PUT"])
@authors_page
def part(visit: Visit, signed: str, number: int) -> HttpResponse:
    ticket = _read(visit, signed)
    if not 1 <= number <= -(-ticket.size // PART):
        raise Refusal("This upload has no part of that number.")
    blobs().receive_part(ticket.upload, number, read_blocks(visit.request.META, limit=PART), ticket.size)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _read(visit: Visit, signed: str) -> Ticket:
    """Read an upload's address; one of another person or repo is as unknown as one that has ended."""
    try:
        ticket = Ticket(**signing.loads(signed, salt=SALT, max_age=LIFETIME_S))
    except (signing.BadSignature, TypeError) as error:
        raise UploadNotFound from error
    if (ticket.repo, ticket.user) != (visit.repo.pk, visit.person.pk):
        raise UploadNotFound
    return ticket
