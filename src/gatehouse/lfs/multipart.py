"""Uploads in parts, so that no request is larger than what reverse proxies let through (HUB-API §6.2)."""

from dataclasses import replace

from gatehouse.lfs import tickets
from gatehouse.lfs.tickets import Ticket
from gatehouse.repos.repositories import blobs
from gatehouse.storage.blobs import Blob
from gatehouse.storage.errors import Refusal
from gatehouse.storage.multipart import MAX_PARTS

MEBIBYTE = 1024 * 1024
PART = 64 * MEBIBYTE


def part_size(size: int) -> int:
    """Give the bytes of each part but the last: PART, or more where that would make too many parts."""
    needed = -(-size // MAX_PARTS)
    return max(PART, -(-needed // MEBIBYTE) * MEBIBYTE)


def count_parts(size: int) -> int:
    return -(-size // part_size(size))


def begin(ticket: Ticket) -> dict[str, object]:
    """Begin an upload; its action's `href` completes it, its `header` tells where the parts go."""
    chunk = part_size(ticket.size)
    ticket = replace(ticket, upload=blobs().create_upload(chunk))
    parts = tickets.address("part", ticket)
    numbers = range(1, count_parts(ticket.size) + 1)
    return {
        "href": tickets.address("complete", ticket),
        "header": {"chunk_size": str(chunk), **{f"{number:05}": f"{parts}/{number}" for number in numbers}},
        "expires_in": tickets.LIFETIME_S["complete"],
    }


def complete(ticket: Ticket, body: dict[str, object]) -> Blob:
    """Make one object of the parts that the client lists; raises Refusal, WrongHash, WrongSize."""
    if body.get("oid") != ticket.oid:
        raise Refusal("This address completes another object.")
    return blobs().complete(ticket.upload, _listed(body.get("parts")), ticket.oid, ticket.size)


def _listed(parts: object) -> list[tuple[int, str]]:
    listed = []
    for part in parts if isinstance(parts, list) else [None]:
        number, etag = (part.get("partNumber"), part.get("etag")) if isinstance(part, dict) else (None, None)
        if type(number) is not int or not isinstance(etag, str):
            raise Refusal("The parts must be listed as partNumber and etag.")
        listed.append((number, etag))
    return listed
