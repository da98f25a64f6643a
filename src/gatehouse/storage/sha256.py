"""A sha256 that another thread computes while the next bytes come in."""

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

# Handing smaller blocks from thread to thread costs more than it gains.
BLOCK = 1024 * 1024
AHEAD = 2  # blocks handed over; were it one, the threads would wait for each other at every block


class Sha256Aside:
    """The sha256 of blocks that must not change once they are handed over; a context manager."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self._thread = ThreadPoolExecutor(1)
        self._begun = False
        self._pending = deque[Future[None]]()

    def update(self, block: bytes) -> None:
        if not self._begun:  # most files are one block: they start no thread
            self._begun = True
            self._sha.update(block)
            return
        if len(self._pending) == AHEAD:
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(self._sha.update, block))

    def hexdigest(self) -> str:
        while self._pending:
            self._pending.popleft().result()
        return self._sha.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
