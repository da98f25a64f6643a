"""Counts of what happens in windows of five minutes, shared by all processes of a machine.

The table is a file that each process maps into its memory. A counter is one word of 64 bits, read and written whole, so
nobody sees half of one. Nobody waits for anybody either: when two processes count the same thing in the same instant,
one of the two may be lost. Memory is shared by one machine: several machines count each for themselves.
"""

import mmap
import os
import threading
import time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

WINDOW_S = 300
# A key belongs to one set, and takes any word of it.
SETS, WAYS = 1 << 14, 8
_TAG_BITS, _WINDOW_BITS, _COUNT_BITS = 28, 16, 20
_WINDOWS, MOST = (1 << _WINDOW_BITS) - 1, (1 << _COUNT_BITS) - 1
_WORD_BYTES = 8


class Rates:
    """The counters in a file."""

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = SETS * WAYS * _WORD_BYTES
        if os.fstat(fd).st_size != size:
            os.pwrite(fd, bytes(size), 0)  # a hole in a file would end the process once the disk is full
        self._words = memoryview(mmap.mmap(fd, size)).cast("Q")
        os.close(fd)
        self._lock = threading.Lock()

    def count(self, key: str, now: float | None = None) -> tuple[int, int]:
        """Count `key` once more; give how often it was in its window, and after how many seconds that ends.

        Windows of different keys do not end together: who has to wait does not come back with all others.
        """
        hashed = _hashed(key)
        window, passed = divmod(int(time.time() if now is None else now) + hashed % WINDOW_S, WINDOW_S)
        # Without its count, a word says whose it is, and of which window.
        mine = (hashed >> (64 - _TAG_BITS)) << _WINDOW_BITS | window & _WINDOWS
        first = hashed % SETS * WAYS
        with self._lock:
            words = self._words[first : first + WAYS].tolist()
            at = _place(words, mine)
            number = min(words[at] & MOST, MOST - 1) + 1 if words[at] >> _COUNT_BITS == mine else 1
            self._words[first + at] = mine << _COUNT_BITS | number
        return number, WINDOW_S - passed


@lru_cache(maxsize=4096)
def _hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=_WORD_BYTES).digest())


def _place(words: list[int], mine: int) -> int:
    """Find the word of a key and window; else one that is over, else the one of the smallest count."""
    for at, word in enumerate(words):
        if word >> _COUNT_BITS == mine:
            return at
    return min(range(WAYS), key=lambda at: 0 if _is_over(words[at], mine) else words[at] & MOST)


def _is_over(word: int, mine: int) -> bool:
    """Tell whether a word's window has surely ended; those of different keys are up to one apart."""
    return (mine - (word >> _COUNT_BITS) + 1) & _WINDOWS > 2  # noqa: PLR2004 - one before, the same, one after
