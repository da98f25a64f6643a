"""Xorbs, the containers of chunks: verified as they arrive, unpacked chunk by chunk as they are read."""

import struct
from array import array
from collections.abc import Iterator
from typing import Protocol

import lz4.frame

from gatehouse.storage.xet.errors import DamagedXorbError, InvalidXorb
from gatehouse.storage.xet.hashes import chunk_hash, split_hashes, to_hex, xorb_hash
from gatehouse.storage.xet.xorb_table import FOOTER_MARK, XorbTable

MAX_CHUNK = 128 << 10
MAX_PACKED_CHUNK = 256 << 10
MAX_CHUNKS = 8192
MAX_UNPACKED = 64 << 20
MAX_STORED = 65 << 20  # chunks that do not shrink are sent raw, so a body exceeds 64 MiB by its headers only

_HEADER = struct.Struct("<IBHB")  # version 8 bits, packed length 24; scheme 8, unpacked length 24
_RAW, _LZ4, _GROUPED_LZ4 = 0, 1, 2


class Readable(Protocol):
    """What gives its next bytes, fewer than asked for only at its end."""

    def read(self, size: int, /) -> bytes: ...


class _ChunkError(ValueError):
    """Why a chunk cannot be unpacked."""


def scan_xorb(body: Readable, expected: bytes) -> XorbTable:
    """The table of a xorb, read up to its end or to a client's footer, which is not trusted and not read.

    Every chunk is unpacked and hashed; InvalidXorb unless all of them are sound and hash to `expected`.
    """
    hashes = bytearray()
    packed_ends, unpacked_ends = array("I"), array("I")
    packed = unpacked = 0
    while header := _next_header(body):
        try:
            chunk, length = _read_chunk(body, header)
        except _ChunkError as error:
            raise InvalidXorb(f"Chunk {len(packed_ends)} of the xorb {error}.") from None
        packed += length
        unpacked += len(chunk)
        if len(packed_ends) == MAX_CHUNKS or unpacked > MAX_UNPACKED or packed > MAX_STORED:
            raise InvalidXorb("A xorb has at most 8192 chunks that unpack to at most 64 MiB.")
        hashes += chunk_hash(chunk)
        packed_ends.append(packed)
        unpacked_ends.append(unpacked)
    table = XorbTable(expected, bytes(hashes), packed_ends, unpacked_ends)
    if not len(table) or xorb_hash(table.hashes, table.sizes(0, len(table))) != expected:
        raise InvalidXorb("The chunks of the xorb do not hash to its address.")
    return table


def read_chunks(packed: Readable, table: XorbTable, start: int, end: int) -> Iterator[bytes | bytearray]:
    """Chunks [start, end) of a stored xorb, unpacked and verified, from a stream that begins at the first.

    DamagedXorbError where the stored bytes are no longer those that the table names.
    """
    hashes = split_hashes(table.chunk_hashes(start, end))
    for number, expected in enumerate(hashes, start):
        try:
            chunk, _ = _read_chunk(packed, packed.read(_HEADER.size))
        except _ChunkError as error:
            raise DamagedXorbError(f"Chunk {number} of xorb {to_hex(table.xorb)} {error}.", table.xorb) from None
        if chunk_hash(chunk) != expected:
            raise DamagedXorbError(f"Chunk {number} of xorb {to_hex(table.xorb)} has changed.", table.xorb)
        yield chunk


def _next_header(body: Readable) -> bytes:
    """The next chunk's header; empty at the end of the chunks."""
    header = body.read(_HEADER.size)
    return b"" if header.startswith(FOOTER_MARK) else header


def _read_chunk(body: Readable, header: bytes) -> tuple[bytes | bytearray, int]:
    """The chunk behind this header, and the bytes that header and chunk take in the xorb."""
    if len(header) < _HEADER.size:
        raise _ChunkError("is cut short")
    version_length, scheme, low, high = _HEADER.unpack(header)
    length, size = version_length >> 8, low | high << 16
    if version_length & 0xFF or scheme > _GROUPED_LZ4:
        raise _ChunkError("is of an unknown version or scheme")
    if not 0 < size <= MAX_CHUNK or length > MAX_PACKED_CHUNK:
        raise _ChunkError("is empty or longer than 128 KiB")
    data = body.read(length)
    if len(data) < length:
        raise _ChunkError("is cut short")
    return _unpack(data, scheme, size), _HEADER.size + length


def _unpack(data: bytes, scheme: int, size: int) -> bytes | bytearray:
    chunk = data if scheme == _RAW else _unpack_lz4(data, size)
    if len(chunk) != size:
        raise _ChunkError("does not unpack to the length that it declares")
    return _ungroup(chunk) if scheme == _GROUPED_LZ4 else chunk


def _unpack_lz4(data: bytes, size: int) -> bytes:
    """One whole LZ4 frame and nothing after it, never more than a byte over the declared size."""
    frame = lz4.frame.LZ4FrameDecompressor()
    try:
        chunk: bytes = frame.decompress(data, max_length=size + 1)
    except RuntimeError:
        raise _ChunkError("is not an LZ4 frame") from None
    if not frame.eof or frame.unused_data:
        raise _ChunkError("is not one whole LZ4 frame")
    return chunk


def _ungroup(grouped: bytes) -> bytearray:
    """Undo the grouping that puts the bytes at 0, 4, 8, … first, then those at 1, 5, 9, … and so on."""
    chunk = bytearray(len(grouped))
    start = 0
    for place in range(4):
        stop = start + (len(grouped) - place + 3) // 4
        chunk[place::4] = grouped[start:stop]
        start = stop
    return chunk
