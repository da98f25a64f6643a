"""What a xorb consists of, its chunks' hashes and ends, and the footer that keeps this beside it."""

import struct
from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import HASH_LENGTH, xorb_hash

FOOTER_MARK = b"XETBLOB"

_HASHES_MARK = b"XBLBHSH"
_ENDS_MARK = b"XBLBBND"
_HEAD = struct.Struct("<7sB32s7sBI")
_MIDDLE = struct.Struct("<7sBI")
_TAIL = struct.Struct("<3I16x")
_LENGTH = struct.Struct("<I")
_FIXED = _HEAD.size + _MIDDLE.size + _TAIL.size
_BYTES_PER_CHUNK = HASH_LENGTH + 8
_FOOTER_VERSION, _HASHES_VERSION, _ENDS_VERSION = 1, 0, 1


@dataclass(frozen=True, slots=True)
class XorbTable:
    """A xorb's chunks in order: 32 bytes of hash each, and the offset of each one's end in bytes."""

    xorb: bytes
    hashes: bytes
    packed_ends: "array[int]"
    unpacked_ends: "array[int]"

    def __len__(self) -> int:
        return len(self.packed_ends)

    @property
    def packed_size(self) -> int:
        """Bytes of the body: all chunks with their headers, no footer."""
        return self.packed_ends[-1]

    @property
    def unpacked_size(self) -> int:
        return self.unpacked_ends[-1]

    def packed_range(self, start: int, end: int) -> tuple[int, int]:
        """Where chunks [start, end) lie in the body, as [first, stop) in bytes."""
        return _before(self.packed_ends, start), self.packed_ends[end - 1]

    def unpacked_start(self, chunk: int) -> int:
        """Bytes that the chunks before this one unpack to."""
        return _before(self.unpacked_ends, chunk)

    def unpacked_length(self, start: int, end: int) -> int:
        """Bytes that chunks [start, end) unpack to."""
        return self.unpacked_ends[end - 1] - _before(self.unpacked_ends, start)

    def sizes(self, start: int, end: int) -> list[int]:
        """Bytes that each of chunks [start, end) unpacks to."""
        ends = [_before(self.unpacked_ends, start), *self.unpacked_ends[start:end]]
        return [stop - first for first, stop in pairwise(ends)]

    def chunk_hashes(self, start: int, end: int) -> bytes:
        return self.hashes[start * HASH_LENGTH : end * HASH_LENGTH]


def _before(ends: "array[int]", index: int) -> int:
    return ends[index - 1] if index else 0


def write_footer(table: XorbTable) -> bytes:
    """The standard footer, 96 + 40 bytes a chunk, to be stored behind the body."""
    count = len(table)
    ends_offset = _MIDDLE.size + 8 * count + _TAIL.size
    hashes_offset = _MIDDLE.size + HASH_LENGTH * count + ends_offset
    footer = b"".join(
        (
            _HEAD.pack(FOOTER_MARK, _FOOTER_VERSION, table.xorb, _HASHES_MARK, _HASHES_VERSION, count),
            table.hashes,
            _MIDDLE.pack(_ENDS_MARK, _ENDS_VERSION, count),
            struct.pack(f"<{2 * count}I", *table.packed_ends, *table.unpacked_ends),
            _TAIL.pack(count, hashes_offset, ends_offset),
        )
    )
    return footer + _LENGTH.pack(len(footer))


def read_footer(stored: BinaryIO, expected: bytes) -> XorbTable:
    """The table of the stored xorb of this hash, from its end; DamagedXorbError if that is not what is there."""
    size = stored.seek(0, 2)
    length = _LENGTH.unpack(_read_at(stored, size - _LENGTH.size, _LENGTH.size, expected))[0] + _LENGTH.size
    table = parse_footer(_read_at(stored, size - length, length, expected), expected)
    if table.packed_size != size - length:
        raise DamagedXorbError("The footer of a stored xorb is of a body of another length.", expected)
    return table


def _read_at(stored: BinaryIO, offset: int, length: int, xorb: bytes) -> bytes:
    if offset < 0:
        raise DamagedXorbError("A stored xorb is shorter than its footer.", xorb)
    stored.seek(offset)
    return stored.read(length)


def parse_footer(footer: bytes, expected: bytes) -> XorbTable:
    """The table of the xorb of this hash, from all the bytes of its footer; DamagedXorbError for anything else.

    Hashes and lengths of chunks are proved by the xorb's hash, the ends of packed chunks only by reading them.
    """
    count, rest = divmod(len(footer) - _FIXED - _LENGTH.size, _BYTES_PER_CHUNK)
    if rest or count < 1:
        raise DamagedXorbError("The footer of a stored xorb has an impossible length.", expected)
    hashes_start = _HEAD.size
    ends_start = hashes_start + HASH_LENGTH * count + _MIDDLE.size
    ends = array("I", struct.unpack_from(f"<{2 * count}I", footer, ends_start))
    hashes = footer[hashes_start : hashes_start + HASH_LENGTH * count]
    table = XorbTable(expected, hashes, ends[:count], ends[count:])
    rises = _rises(table.packed_ends) and _rises(table.unpacked_ends)
    if write_footer(table) != footer or not rises or xorb_hash(hashes, table.sizes(0, count)) != expected:
        raise DamagedXorbError("The footer of a stored xorb cannot be read.", expected)
    return table


def _rises(ends: "array[int]") -> bool:
    return all(first < stop for first, stop in pairwise((0, *ends)))
