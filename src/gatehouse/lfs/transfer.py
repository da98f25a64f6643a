"""The bytes of large files: up in one piece or in parts, and down."""

import re
from http import HTTPStatus

from gatehouse.access.gate import Case
from gatehouse.access.refusals import require_files, require_write
from gatehouse.lfs import multipart, tickets
from gatehouse.lfs.exchange import json_answer, read_json, refuse
from gatehouse.lfs.tickets import Ticket
from gatehouse.repos import downloads, large_bytes, possession
from gatehouse.repos.repositories import blobs
from gatehouse.storage.blobs import Blob
from gatehouse.storage.body import read_blocks
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import BlobNotFound, Refusal
from gatehouse.storage.lean_door import Door, Environ, require_method
from gatehouse.storage.serve import Answer, serve


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    """Do what the address is good for, if its bearer still may."""
    verb, signed, number = found.groups()
    require_method(environ, *METHODS[verb])
    drop_stale_connection()
    ticket = tickets.read(verb, signed)
    case = tickets.case_of(ticket)
    if verb == "download":
        require_files(case)
        return _download(environ, case, ticket)
    require_write(case)
    if verb == "part":
        return _part(environ, ticket, int(number or 0))
    return {"upload": _upload, "complete": _complete, "verify": _verify}[verb](environ, case, ticket)


METHODS = {
    "upload": ("PUT",),
    "part": ("PUT",),
    "complete": ("POST",),
    "verify": ("POST",),
    "download": ("GET", "HEAD"),
}


def _upload(environ: Environ, _case: Case, ticket: Ticket) -> Answer:
    blob = blobs().receive(read_blocks(environ, limit=None), oid=ticket.oid, size=ticket.size)
    return _taken_in(ticket, blob)


def _part(environ: Environ, ticket: Ticket, number: int) -> Answer:
    if not 1 <= number <= multipart.count_parts(ticket.size):
        raise Refusal("This upload has no part of that number.")
    etag = blobs().receive_part(ticket.upload, number, read_blocks(environ, limit=None), ticket.size)
    return Answer(HTTPStatus.OK, [("ETag", f'"{etag}"'), ("Content-Length", "0")])


def _complete(environ: Environ, _case: Case, ticket: Ticket) -> Answer:
    return _taken_in(ticket, multipart.complete(ticket, read_json(environ)))


def _taken_in(ticket: Ticket, blob: Blob) -> Answer:
    """Ask the gate once more, for the bytes may have taken hours to come, and let the repo have them."""
    drop_stale_connection()
    case = tickets.case_of(ticket)
    require_write(case)
    possession.take_in(case.repo_pk, blob, user_pk=case.actor.user_id)
    return json_answer({})


def _verify(environ: Environ, case: Case, ticket: Ticket) -> Answer:
    body = read_json(environ)
    if (body.get("oid"), body.get("size")) != (ticket.oid, ticket.size) or not possession.holds(
        case.repo_pk, ticket.oid
    ):
        raise BlobNotFound("This object was not uploaded to this repo.")
    return json_answer({})


def _download(environ: Environ, case: Case, ticket: Ticket) -> Answer:
    if not possession.holds(case.repo_pk, ticket.oid):
        raise BlobNotFound
    given = serve(
        environ,
        large_bytes.source(ticket.repo_pk, ticket.oid),
        etag=ticket.oid,
        size=ticket.size,
        content_type="application/octet-stream",
        filename=ticket.oid,
        extra_headers=[("Cache-Control", "private, no-store")],
    )
    downloads.count(case.repo_pk, environ, given)
    return given


DOOR = Door(re.compile(r"/lfs/(upload|part|complete|verify|download)/([^/]+)(?:/([0-9]{1,5}))?"), answer, refuse)
