"""Counts of what happens in windows of five minutes, shared by all processes of a machine.

The table is a file that each process maps into its memory. A counter is one word of 64 bits, read and written whole, so
nobody sees half of one. Nobody waits for anybody either: when two count the same thing in the same instant, one of
the two may be lost. Memory is shared by one machine: several machines count each for themselves.
"""

import logging
import mmap
import os
import time
from hashlib import blake2b
from pathlib import Path

log = logging.getLogger(__name__)

WINDOW_S = 300
# A key belongs to one set, and takes any word of it.
SETS, WAYS = 1 << 14, 8
# A word: a part of the key's hash, the number of the window (seven months pass until it comes again), and the count.
_COUNT_BITS, _TAG_SHIFT = 20, 36
MOST, WINDOWS = (1 << _COUNT_BITS) - 1, 1 << (_TAG_SHIFT - _COUNT_BITS)
_WORD_BYTES = 8


class Counter:
    """The count of one key, which begins anew in each window."""

    __slots__ = ("_first", "_shift_s", "_tag", "_words")

    def __init__(self, words: memoryview, key: str) -> None:
        hashed = int.from_bytes(blake2b(key.encode(), digest_size=_WORD_BYTES).digest())
        self._words = words
        self._first = hashed % SETS * WAYS
        self._tag = hashed >> _TAG_SHIFT << _TAG_SHIFT
        # Windows of different keys do not end together: who has to wait does not come back with all others.
        self._shift_s = hashed % WINDOW_S

    def hit(self, now: float | None = None) -> tuple[int, int]:
        """Count once more; give how often it was in this window, and after how many seconds that ends."""
        window, passed_s = divmod(int(time.time() if now is None else now) + self._shift_s, WINDOW_S)
        # A word without its count says whose it is, and of which window.
        mine = self._tag + (window % WINDOWS << _COUNT_BITS)
        at, number = self._first, self._words[self._first] - mine
        if not 0 <= number <= MOST:
            at, number = self._search(mine)
        if number < MOST:
            number += 1
            self._words[at] = mine + number
        return number, WINDOW_S - passed_s

    def _search(self, mine: int) -> tuple[int, int]:
        """Find the key's word and its count; else (0) a word that is over, or that of the smallest count."""
        words = self._words[self._first : self._first + WAYS].tolist()
        for at, word in enumerate(words):
            if 0 <= word - mine <= MOST:
                return self._first + at, word - mine
        at = min(range(WAYS), key=lambda at: 0 if _is_over(words[at], mine) else words[at] & MOST)
        return self._first + at, 0


class Rates:
    """The counters in a file."""

    def __init__(self, path: Path) -> None:
        size = SETS * WAYS * _WORD_BYTES
        try:
            memory = _mapped(path, size)
        except (OSError, ValueError) as error:
            log.warning("%s cannot be used, so each process counts requests for itself: %s", path, error)
            memory = mmap.mmap(-1, size)
        self._words = memoryview(memory).cast("Q")

    def counter(self, key: str) -> Counter:
        return Counter(self._words, key)


def _mapped(path: Path, size: int) -> mmap.mmap:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(fd).st_size < size:
            os.pwrite(fd, bytes(size), 0)  # a hole in a file would end the process once the disk is full
        return mmap.mmap(fd, size)
    finally:
        os.close(fd)


def _is_over(word: int, mine: int) -> bool:
    """Tell whether a word's window has surely ended; those of different keys are up to one apart."""
    return ((mine >> _COUNT_BITS) - (word >> _COUNT_BITS) + 1) % WINDOWS > 2  # noqa: PLR2004 - before, same, after
