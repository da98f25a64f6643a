"""Shards: what clients say of the files they uploaded, and what we answer when they ask for known chunks."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from gatehouse.storage.xet.errors import InvalidShard
from gatehouse.storage.xet.hashes import HASH_LENGTH, hidden_hash, is_eligible, split_hashes, to_hex
from gatehouse.storage.xet.terms import Terms
from gatehouse.storage.xet.xorb import MAX_CHUNKS
from gatehouse.storage.xet.xorb_table import XorbTable

MAX_SHARD = 64 << 20

# Everything between the header and the look-up tables is a record of this length.
_RECORD = 48
_HEADER = struct.Struct("<32sQQ")
_FILE = struct.Struct("<32sII8x")
_XORB = struct.Struct("<32s4I")
_CHUNK = struct.Struct("<32sIII4x")
_XORB_ENTRY = struct.Struct("<QI")
_CHUNK_ENTRY = struct.Struct("<QII")
_FOOTER = struct.Struct("<9Q32sQQ48x4Q")

_TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
_VERSION, _FOOTER_VERSION = 2, 1
_LAST = b"\xff" * HASH_LENGTH  # stands in place of a hash at the end of a section
_END = _LAST + bytes(_RECORD - HASH_LENGTH)
_WITH_TERM_HASHES, _WITH_SHA256 = 1 << 31, 1 << 30
_ELIGIBLE = 1 << 31


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as a shard describes it, nothing verified; `sha256` is the usual hex, None if not claimed."""

    file_hash: bytes
    terms: Terms
    sha256: str | None
    proofs: bytes

    def proof(self, index: int) -> bytes:
        """The claimed term_hash of the term at this index."""
        return self.proofs[index * _RECORD : index * _RECORD + HASH_LENGTH]


def read_shard(body: BinaryIO, size: int) -> Iterator[FileRecord]:
    """The files of a shard of `size` bytes, one in memory at a time; InvalidShard where it cannot be read.

    The list of xorbs behind them is only walked through, look-up tables and footer are not read at all:
    what is in a xorb, we know better.
    """
    records = _Records(body, min(size, MAX_SHARD))
    tag, version, _ = _HEADER.unpack(records.take(1))
    if tag != _TAG or version != _VERSION:
        raise InvalidShard("This is not a shard of version 2.")
    while (header := records.take(1))[:HASH_LENGTH] != _LAST:
        yield _read_file(records, header)
    while (header := records.take(1))[:HASH_LENGTH] != _LAST:
        chunks = _XORB.unpack(header)[2]
        if chunks > MAX_CHUNKS:
            raise InvalidShard(f"The count of a xorb's chunks is more than {MAX_CHUNKS}.")
        records.take(chunks)


def _read_file(records: "_Records", header: bytes) -> FileRecord:
    file_hash, flags, count = _FILE.unpack(header)
    if not flags & _WITH_TERM_HASHES:
        raise InvalidShard("A file in the shard comes without the verification hashes of its terms.")
    terms = records.take(count)
    proofs = records.take(count)
    sha256 = to_hex(records.take(1)[:HASH_LENGTH]) if flags & _WITH_SHA256 else None
    return FileRecord(file_hash, Terms(terms), sha256, proofs)


class _Records:
    """Reads records in turn, and believes no count that goes beyond the bytes that are there."""

    def __init__(self, body: BinaryIO, size: int) -> None:
        self._body = body
        self._left = size

    def take(self, count: int) -> bytes:
        length = count * _RECORD
        if length > self._left:
            raise InvalidShard("The shard is cut short, or a count in it is wrong.")
        self._left -= length
        data = self._body.read(length)
        if len(data) < length:
            raise InvalidShard("The shard is cut short.")
        return data


def write_dedup_shard(tables: Iterable[XorbTable], *, key: bytes, created: int, expires: int) -> bytes:
    """The answer to a query for a chunk: a shard that lists these xorbs and no file.

    Chunk hashes are hidden by `key`, 32 bytes, fresh for each answer; times are seconds since 1970.
    """
    ordered = sorted(tables, key=lambda table: _first_number(table.xorb))
    start = _HEADER.pack(_TAG, _VERSION, _FOOTER.size) + _END
    sections, by_xorb, by_chunk = [start], list[bytes](), list[tuple[int, int, int]]()
    index = 0
    for table in ordered:
        hidden = [hidden_hash(chunk, key) for chunk in split_hashes(table.hashes)]
        sections += _xorb_records(table, hidden)
        by_xorb.append(_XORB_ENTRY.pack(_first_number(table.xorb), index))
        by_chunk += ((_first_number(chunk), index, place) for place, chunk in enumerate(hidden))
        index += 1 + len(table)
    records = b"".join([*sections, _END])
    xorb_entries = b"".join(by_xorb)
    chunk_entries = b"".join(_CHUNK_ENTRY.pack(*entry) for entry in sorted(by_chunk))
    chunks_at = len(records) + len(xorb_entries)
    offsets = (
        _HEADER.size,
        len(start),
        len(records),
        0,
        len(records),
        len(ordered),
        chunks_at,
        len(by_chunk),
    )
    sums = (sum(table.packed_size for table in ordered), 0, sum(table.unpacked_size for table in ordered))
    footer_at = chunks_at + len(chunk_entries)
    footer = _FOOTER.pack(_FOOTER_VERSION, *offsets, key, created, expires, *sums, footer_at)
    return b"".join((records, xorb_entries, chunk_entries, footer))


def _xorb_records(table: XorbTable, hidden: list[bytes]) -> Iterator[bytes]:
    yield _XORB.pack(table.xorb, 0, len(table), table.unpacked_size, table.packed_size)
    starts = (0, *table.unpacked_ends)
    for chunk, shown, (start, end) in zip(split_hashes(table.hashes), hidden, pairwise(starts), strict=True):
        yield _CHUNK.pack(shown, start, end - start, _ELIGIBLE if is_eligible(chunk) else 0)


def _first_number(hash_: bytes) -> int:
    """What the look-up tables are sorted by."""
    return int.from_bytes(hash_[:8], "little")
