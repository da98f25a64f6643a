"""Requests that bring something: of a process's threads, those that wait for slow senders leave some to all others."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any

from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Environ, plain_refusal, refuse

# Of the 128 that cli/serve.py starts. One Xet client sends up to 64 at once.
SENDERS_AT_ONCE = 96
_senders = BoundedSemaphore(SENDERS_AT_ONCE)


class TooManySenders(Refusal):
    """What clients take for a reason to try again by themselves."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    message = "Too much is being sent to this hub at this moment: try again shortly."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


def admit(
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    answer: Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]],
) -> Iterable[bytes]:
    """Let a request be answered, unless too many are being received; its body is read when `answer` returns."""
    if not _brings_something(environ):
        return answer(environ, start_response)
    if not _senders.acquire(blocking=False):
        return refuse(plain_refusal, environ, TooManySenders(), start_response)
    try:
        return answer(environ, start_response)
    finally:
        _senders.release()


def _brings_something(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH") not in {None, "", "0"} or "HTTP_TRANSFER_ENCODING" in environ
