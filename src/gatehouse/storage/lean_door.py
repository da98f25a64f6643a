"""Lean doors: WSGI callables for bytes and for the hottest paths, answered before Django's middleware."""

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any

from pygit2 import GitError

from gatehouse.storage.damage import LOGGED_PATH, refusal_of
from gatehouse.storage.errors import Refusal
from gatehouse.storage.serve import Answer, to_wsgi

log = logging.getLogger(__name__)

Environ = Mapping[str, Any]
Handler = Callable[[Environ, re.Match[str]], Answer]

HEADER_LENGTH = 1000
# What a refused sender may still send: many clients read an answer only after they have sent their body.
DRAINED_BYTES = 16 * 1024 * 1024
# Some send theirs slowly on purpose: of a process's threads they get a few.
DRAINING_AT_ONCE = 16
_draining = BoundedSemaphore(DRAINING_AT_ONCE)
_NOT_FOR_HEADERS = re.compile(r"[^\x20-\x7e]")
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Door:
    """The paths that a door answers, how it answers them, and how it words a refusal."""

    paths: re.Pattern[str]
    handle: Handler
    refuse: Callable[[Refusal], Answer]


def run(door: Door, environ: Environ, found: re.Match[str], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request: refusals as the door words them, anything unexpected as a logged 500."""
    try:
        answer = door.handle(environ, found)
    except (Refusal, GitError) as error:
        answer = _refused(door.refuse, environ, refusal_of(error, environ["PATH_INFO"]))
    except Exception:
        log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"][:LOGGED_PATH])
        failure = Refusal("Something went wrong on this server; its log knows more.", status=500)
        answer = _refused(door.refuse, environ, failure)
    answer.headers.append(("X-Request-Id", request_id(environ)))
    return to_wsgi(answer, start_response)


def refuse(
    word: Callable[[Refusal], Answer], environ: Environ, refusal: Refusal, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer a request that no door is asked about, because it is refused already."""
    answer = _refused(word, environ, refusal)
    answer.headers.append(("X-Request-Id", request_id(environ)))
    return to_wsgi(answer, start_response)


def _refused(word: Callable[[Refusal], Answer], environ: Environ, refusal: Refusal) -> Answer:
    drain(environ, DRAINED_BYTES)
    answer = word(refusal)
    if environ["REQUEST_METHOD"] == "HEAD":
        answer.body = ()
    return answer


def drain(environ: Environ, limit: int) -> None:
    """Read and forget what is left of the request's body, up to `limit` bytes, unless many wait for theirs already."""
    if not environ.get("wsgi.input_terminated") or not _draining.acquire(blocking=False):
        return
    try:
        while limit > 0 and (data := environ["wsgi.input"].read(min(limit, 1024 * 1024))):
            limit -= len(data)
    except OSError:
        return
    finally:
        _draining.release()


def refusal_headers(refusal: Refusal) -> list[tuple[str, str]]:
    """Give the headers by which clients understand a refusal (HUB-API §1.1)."""
    headers = [("X-Error-Message", header_text(refusal.message)), *refusal.headers.items()]
    if refusal.code:
        headers.append(("X-Error-Code", refusal.code))
    return headers


def header_text(message: str) -> str:
    """Fit a sentence into a header: one line of printable ASCII."""
    return _NOT_FOR_HEADERS.sub("?", " ".join(message.split()))[:HEADER_LENGTH]


def plain_refusal(refusal: Refusal) -> Answer:
    """Word a refusal as text, which curl, git and people read alike."""
    body = refusal.message.encode("utf-8", "replace")
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        *refusal_headers(refusal),
    ]
    return Answer(refusal.status, headers, [body])


def require_method(environ: Environ, *allowed: str) -> None:
    """Refuse any other method with 405."""
    if environ["REQUEST_METHOD"] not in allowed:
        names = ", ".join(allowed)
        raise Refusal(
            f"This address takes {names} only.", status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": names}
        )


def path_of(environ: Environ) -> str:
    """Give the percent-decoded path as text; raises Refusal when its bytes are no UTF-8 or hold a NUL."""
    raw: str = environ["PATH_INFO"]
    if raw.isascii():
        path = raw
    else:
        try:
            path = raw.encode("latin-1").decode()
        except UnicodeError as error:
            raise Refusal("The address is not valid UTF-8.") from error
    if "\0" in path:
        raise Refusal("The address holds a NUL character.")
    return path


def request_id(environ: Environ) -> str:
    """Give the id that the client chose (HUB-API §8a), or a new one."""
    for name in ("HTTP_X_REQUEST_ID", "HTTP_X_AMZN_TRACE_ID"):
        given = environ.get(name)
        if given and _PRINTABLE.fullmatch(given):
            return str(given)
    return secrets.token_hex(16)
