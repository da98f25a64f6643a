"""A file's bytes, rebuilt from xorbs and verified as they are read."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import BinaryIO

from gatehouse.storage.serve import BLOCK
from gatehouse.storage.xet.terms import Term, Terms
from gatehouse.storage.xet.xorb import read_chunks
from gatehouse.storage.xet.xorb_table import XorbTable

# The table of a stored xorb.
TableOf = Callable[[bytes], XorbTable]
# A stream of a stored xorb's bytes from `first` on, of which no more than up to `stop` will be read.
OpenXorb = Callable[[bytes, int, int], BinaryIO]


class XetSource:
    """Bytes for `storage.serve`, a few chunks in memory at a time."""

    def __init__(self, terms: Terms, table_of: TableOf, open_xorb: OpenXorb) -> None:
        self._terms = terms
        self._table_of = table_of
        self._open_xorb = open_xorb

    def read_range(self, start: int, stop: int, block: int = BLOCK) -> Iterator[bytes]:
        """Bytes [start, stop) of the file in blocks; DamagedXorbError where the store cannot give them."""
        pieces, length = list[memoryview](), 0
        for piece in self._pieces(start, stop):
            pieces.append(piece)
            length += len(piece)
            if length >= block:
                yield b"".join(pieces)
                pieces, length = [], 0
        if pieces:
            yield b"".join(pieces)

    def _pieces(self, start: int, stop: int) -> Iterator[memoryview]:
        for offset, term in self._terms.between(start, stop):
            table = self._table_of(term.xorb)
            wanted = narrow(term, table, start - offset, stop - offset)
            at = offset + table.unpacked_start(wanted.start) - table.unpacked_start(term.start)
            with closing(self._open_xorb(term.xorb, *table.packed_range(wanted.start, wanted.end))) as packed:
                for chunk in read_chunks(packed, table, wanted.start, wanted.end):
                    yield memoryview(chunk)[max(start - at, 0) : stop - at]
                    at += len(chunk)


def narrow(term: Term, table: XorbTable, start: int, stop: int) -> Term:
    """The part of a term that holds its bytes [start, stop), which may lie beyond it on either side."""
    base = table.unpacked_start(term.start)
    first, end = term.start, term.end
    if start > 0:
        first = bisect_right(table.unpacked_ends, base + start)
    if stop < term.length:
        end = bisect_left(table.unpacked_ends, base + stop) + 1
    return Term(term.xorb, table.unpacked_length(first, end), first, end)
