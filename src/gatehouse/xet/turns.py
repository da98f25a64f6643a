"""Turns at long computations: a few run at once, none for long at a stretch, nobody has many under way."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import BoundedSemaphore, Lock

from gatehouse.storage.errors import Refusal

AT_ONCE = max(2, os.cpu_count() or 1)
TURN_S = 2.0
WAIT_S = 1.0  # how long to wait for a turn before telling that one still waits
MOST_OF_ONE = 8

_turns = BoundedSemaphore(AT_ONCE)
_under_way: Counter[object] = Counter()
_lock = Lock()


@contextmanager
def counted(who: object) -> Iterator[None]:
    """Refuse a person who has too much under way already, in this process."""
    with _lock:
        if _under_way[who] >= MOST_OF_ONE:
            raise Refusal(
                "You have too many uploads being verified: try again in a moment.",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                headers={"Retry-After": "10"},
            )
        _under_way[who] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[who] -= 1
            if not _under_way[who]:
                del _under_way[who]


def in_turns(steps: Iterator[int]) -> Iterator[int]:
    """Run `steps`, in turn with others; what the last step yielded is yielded again while one waits."""
    last, ended = 0, False
    while not ended:
        while not _turns.acquire(timeout=WAIT_S):
            yield last
        try:
            until = time.monotonic() + TURN_S
            for last in steps:
                yield last
                if time.monotonic() > until:
                    break
            else:
                ended = True
        finally:
            _turns.release()
