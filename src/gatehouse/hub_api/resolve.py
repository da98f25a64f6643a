"""`/{repo}/resolve/…` and `/{repo}/raw/…`: a file's bytes, once the gate has agreed (HUB-API §3.1, §3.2)."""

import re
from http import HTTPStatus

from gatehouse.access.callers import caller_of, case_of
from gatehouse.access.gate import FILES_OPEN_TO_ALL, Case
from gatehouse.access.refusals import hidden, require_files
from gatehouse.hub_api import xet_links
from gatehouse.repos import content, downloads
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_paths import MAX_PATH
from gatehouse.storage.lean_door import Door, Environ, path_of, plain_refusal, require_method
from gatehouse.storage.serve import Answer, content_type_for, serve

# Pages of other origins may read what is open to everybody: without `Allow-Credentials` browsers send them no cookie,
# and a token only where the page has one itself.
EXPOSED = (
    "X-Repo-Commit, X-Linked-Etag, X-Linked-Size, ETag, Content-Range, Content-Disposition, Accept-Ranges, "
    "X-Xet-Hash, Link, "
    "X-Error-Code, X-Error-Message, X-Request-Id, RateLimit, RateLimit-Policy, Retry-After"
)
OPEN_TO_PAGES = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED)]
PREFLIGHT = [
    *OPEN_TO_PAGES,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "Authorization, Range, If-Range, If-None-Match, If-Match, X-Request-Id"),
    ("Access-Control-Max-Age", "86400"),
]
# Bytes behind a gate stay in no cache: whoever loses access must not find them there.
CLOSED = ("Cache-Control", "private, no-store")
OPEN = [("Cache-Control", "public, no-cache"), ("Vary", "Authorization, Cookie")]


def answer(environ: Environ, found: re.Match[str]) -> Answer:
    """Answer GET and HEAD for one file, in the order allow-list, gate, existence."""
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, list(PREFLIGHT))
    require_method(environ, "GET", "HEAD")
    prefix, namespace, name, door, tail = _address(environ, found)
    case = case_of(environ, prefix, f"{namespace}/{name}", sessions=True)
    revision, path, sha = content.split_address(case.public_id, tail)
    require_files(case, path if door == "resolve" else None)
    sha = sha or content.commit_of(case.public_id, revision)
    return (_resolve if door == "resolve" else _raw)(environ, case, sha, path)


def _address(environ: Environ, found: re.Match[str]) -> tuple[str | None, str, str, str, str]:
    path = path_of(environ)
    if path is not found.string:  # the path holds more than ASCII
        found = DOOR.paths.fullmatch(path) or found
    prefix, namespace, name, door, tail = found.groups()
    if len(tail) > MAX_PATH:
        raise Refusal(f"A path may have {MAX_PATH} characters.", status=HTTPStatus.REQUEST_URI_TOO_LONG)
    return prefix, namespace, name, door, tail


def _resolve(environ: Environ, case: Case, sha: str, path: str) -> Answer:
    entry = content.file_at(case.public_id, sha, path)
    etag, size = (entry.lfs.oid if entry.lfs else entry.oid), entry.size
    source = content.source_of(case.public_id, case.repo_pk, entry)
    linked = [("X-Linked-Etag", f'"{etag}"'), ("X-Linked-Size", str(size)), *xet_links.headers(case, sha, entry)]
    if info := xet_links.file_info(environ, [*_headers(case, sha), *linked]):
        return info
    given = serve(
        environ,
        source,
        etag=etag,
        size=size,
        content_type=content_type_for(path),
        filename=path,
        extra_headers=[*_headers(case, sha), *linked],
        inline="download=true" not in environ.get("QUERY_STRING", ""),
    )
    if path not in FILES_OPEN_TO_ALL:
        downloads.count(case.repo_pk, environ, given)
    return given


def _raw(environ: Environ, case: Case, sha: str, path: str) -> Answer:
    entry = content.file_at(case.public_id, sha, path)
    return serve(
        environ,
        content.pointer_of(case.public_id, entry),
        etag=entry.oid,
        size=entry.lfs.pointer_size if entry.lfs else entry.size,
        content_type="text/plain; charset=utf-8" if entry.lfs else content_type_for(path),
        filename=path,
        extra_headers=_headers(case, sha),
        inline=True,
    )


def _headers(case: Case, sha: str) -> list[tuple[str, str]]:
    caching = [CLOSED] if case.private or case.gated else OPEN
    return [("X-Repo-Commit", sha), *OPEN_TO_PAGES, *caching]


def unknown(environ: Environ, _found: re.Match[str]) -> Answer:
    """Answer for a repo of a bare name such as `gpt2`: the clients know such names, no repo here has one."""
    raise hidden(caller_of(environ))


def _refuse(refusal: Refusal) -> Answer:
    given = plain_refusal(refusal)
    given.headers += OPEN_TO_PAGES
    return given


DOOR = Door(re.compile(r"/(?:(datasets|spaces)/)?([^/]+)/([^/]+)/(resolve|raw)/(.+)", re.DOTALL), answer, _refuse)
BARE_NAME = Door(re.compile(r"/(?:(?:datasets|spaces)/)?[^/]+/resolve/[^/]+/.+", re.DOTALL), unknown, _refuse)
