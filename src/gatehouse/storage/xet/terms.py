"""Terms: a file as a sequence of chunk ranges of xorbs."""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from gatehouse.storage.xet.hashes import HASH_LENGTH

TERM_LENGTH = 48
_TERM = struct.Struct("<32s4xIII")
_LENGTHS = struct.Struct("<36xI8x")


class Term(NamedTuple):
    """Chunks [start, end) of a xorb, which unpack to `length` bytes of the file."""

    xorb: bytes
    length: int
    start: int
    end: int


class Terms:
    """The terms of one file, kept packed as shards carry them and the database stores them."""

    __slots__ = ("__weakref__", "_ends", "packed")

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        self._ends = array("Q", accumulate(length for (length,) in _LENGTHS.iter_unpack(packed)))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> Term:
        return Term(*_TERM.unpack_from(self.packed, index * TERM_LENGTH))

    def __iter__(self) -> Iterator[Term]:
        return (Term(*fields) for fields in _TERM.iter_unpack(self.packed))

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._ends[-1] if self._ends else 0

    def xorbs(self) -> list[bytes]:
        """The xorbs that the file needs, each once, in the order in which it needs them."""
        starts = range(0, len(self.packed), TERM_LENGTH)
        return list(dict.fromkeys(self.packed[i : i + HASH_LENGTH] for i in starts))

    def between(self, start: int, stop: int) -> Iterator[tuple[int, Term]]:
        """The terms that hold bytes [start, stop) of the file, each with the offset at which it begins."""
        index = bisect_right(self._ends, start)
        offset = self._ends[index - 1] if index else 0
        while offset < stop and index < len(self):
            yield offset, self[index]
            offset, index = self._ends[index], index + 1
