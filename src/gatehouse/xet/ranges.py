"""`GET /xet/bytes/…`: a range of a xorb, by an address that is good for this range and this bearer only."""

import re
from http import HTTPStatus

from gatehouse.access.refusals import require_files
from gatehouse.repos import xet_files
from gatehouse.storage.errors import BlobNotFound
from gatehouse.storage.lean_door import Environ, require_method
from gatehouse.storage.serve import Answer, FileSource
from gatehouse.storage.xet.hashes import from_hex
from gatehouse.xet import passes
from gatehouse.xet.exchange import OPEN_TO_PAGES, PREFLIGHT
from gatehouse.xet.passes import BadRange


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, list(PREFLIGHT))
    require_method(environ, "GET")
    path, xorb, first, last, mac = found.groups()
    given = passes.read_range(path, mac)
    if environ.get("HTTP_RANGE") != f"bytes={first}-{last}":
        raise BadRange
    require_files(given.case())
    stored = xet_files.xorbs().path(from_hex(xorb))
    if not stored.exists():
        raise BlobNotFound
    length = int(last) - int(first) + 1
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("Content-Length", str(length)),
        ("Content-Range", f"bytes {first}-{last}/*"),
        ("Cache-Control", "private, no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *OPEN_TO_PAGES,
    ]
    return Answer(HTTPStatus.PARTIAL_CONTENT, headers, FileSource(stored).read_range(int(first), int(last) + 1))
