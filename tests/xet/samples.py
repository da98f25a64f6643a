"""Xorbs and shards as the tests make them, and some that hf_xet 1.8.0 sent."""

import io
import itertools
import struct
from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import lz4.frame

from gatehouse.storage.xet import hashes
from gatehouse.storage.xet.source import XetSource
from gatehouse.storage.xet.terms import Term, Terms
from gatehouse.storage.xet.xorb import scan_xorb
from gatehouse.storage.xet.xorb_table import XorbTable, write_footer

RAW, LZ4, GROUPED_LZ4 = 0, 1, 2
TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
BOOKEND = b"\xff" * 32 + bytes(16)

# What the client was given, what it sent as a xorb (one stored by LZ4, one grouped), and the xorb's address.
RECORDED_TEXT = b"The gate is open. " * 60
RECORDED_TEXT_XORB = b64decode("ADEAAAE4BAAEIk0YYECCIgAAAP8DVGhlIGdhdGUgaXMgb3Blbi4gEgD/////EWBvcGVuLiAAAAAA")
RECORDED_TEXT_HASH = "53b6d59a640bd6f5aac0c0690347a326d998060618748426ca92bac40f2a270f"
RECORDED_NUMBERS = b"".join(n.to_bytes(4, "little") for n in range(100_000, 101_000)) + b"end"
RECORDED_NUMBERS_XORB = b64decode(
    "AEkBAAKjDwAEIk0YYECCOgEAAP/xoKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr/AwcLDxMXGx8jJysvMzc7P0NHS09TV1tfY2drb"
    "3N3e3+Dh4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKiss"
    "LS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9"
    "fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2enwAB///XL2WGAQBMH4cBAOwfiAEA7B+JAQDsH4oBAHQvbgEBAP///9cvZAABAP//"
    "/9FgAAAAAAAAAAAAAA=="
)
RECORDED_NUMBERS_HASH = "64bd8f8cae5cabeea94a4eadf18710849eefa0205d40ee32dddfeb96a7aa8d86"
# The shard that the client sent for a file of those numbers.
RECORDED_SHARD = b64decode(
    "SEZSZXBvTWV0YURhdGEAVWlnRWp7gVeDpb3ZXM3RSqkCAAAAAAAAAAAAAAAAAAAAGalfscUX4B13kYA2NhSaVw9U+ztlNcC9a1HklYmIqdIA"
    "AADAAQAAAAAAAAAAAAAA7qtcroyPvWSEEIfxrU5KqTLuQF0goO+eho2qp5br390AAAAAow8AAAAAAAABAAAADFGfDHzxifWdr1YU8nh0fCf7"
    "0DQMdB56eJbVFflhg80AAAAAAAAAAAAAAAAAAAAA6AwdBj4k2Yg0a1uKQCQn0jp1bzSb/VfNaDs4F01xp7oAAAAAAAAAAAAAAAAAAAAA////"
    "//////////////////////////////////////8AAAAAAAAAAAAAAAAAAAAA7qtcroyPvWSEEIfxrU5KqTLuQF0goO+eho2qp5br390AAAAA"
    "AQAAAKMPAAAAAAAA7qtcroyPvWSEEIfxrU5KqTLuQF0goO+eho2qp5br390AAAAAow8AAAAAAAAAAAAA////////////////////////////"
    "//////////////8AAAAAAAAAAAAAAAAAAAAA"
)


def pack_chunk(chunk: bytes, scheme: int = RAW) -> bytes:
    grouped = b"".join(chunk[place::4] for place in range(4))
    stored = {
        RAW: lambda: chunk,
        LZ4: lambda: lz4.frame.compress(chunk),
        GROUPED_LZ4: lambda: lz4.frame.compress(grouped),
    }
    return chunk_of(stored[scheme](), scheme, len(chunk))


def chunk_of(stored: bytes, scheme: int, unpacked: int) -> bytes:
    """A chunk with its header, whatever the header says."""
    return struct.pack("<IBHB", len(stored) << 8, scheme, unpacked & 0xFFFF, unpacked >> 16) + stored


def name_of(chunks: Sequence[bytes]) -> bytes:
    """The hash of a xorb of these chunks."""
    packed = b"".join(hashes.chunk_hash(chunk) for chunk in chunks)
    return hashes.xorb_hash(packed, [len(chunk) for chunk in chunks])


def chunks_of(text: str, count: int, size: int = 1000) -> list[bytes]:
    """Chunks that differ from each other, sizes from `size` on."""
    return [f"{text} {i} ".encode() * (size // 10 + i) for i in range(count)]


class Shelf:
    """Xorbs in memory, with their footers, and how XetSource reads them."""

    def __init__(self) -> None:
        self.stored: dict[bytes, bytes] = {}
        self.tables: dict[bytes, XorbTable] = {}
        self.opened: list[tuple[bytes, int, int]] = []
        self.closed = 0

    def put(self, chunks: Sequence[bytes], scheme: int = LZ4) -> XorbTable:
        body = b"".join(pack_chunk(chunk, scheme) for chunk in chunks)
        table = scan_xorb(io.BytesIO(body), name_of(chunks))
        self.stored[table.xorb] = body + write_footer(table)
        self.tables[table.xorb] = table
        return table

    def table_of(self, xorb: bytes) -> XorbTable:
        return self.tables[xorb]

    def open_xorb(self, xorb: bytes, first: int, stop: int) -> BinaryIO:
        self.opened.append((xorb, first, stop))
        stream = _Stream(self.stored[xorb][first:stop])
        stream.shelf = self
        return stream

    def source(self, terms: Terms) -> XetSource:
        return XetSource(terms, self.table_of, self.open_xorb)


class _Stream(io.BytesIO):
    shelf: Shelf

    def close(self) -> None:
        self.shelf.closed += not self.closed
        super().close()


def term(table: XorbTable, start: int, end: int) -> Term:
    return Term(table.xorb, table.unpacked_length(start, end), start, end)


def pack_terms(terms: Sequence[Term]) -> Terms:
    return Terms(b"".join(struct.pack("<32s4xIII", *one) for one in terms))


def file_record(
    terms: Sequence[Term], tables: dict[bytes, XorbTable], sha256: str | None = None, **lies: bytes
) -> bytes:
    """A file of a shard; `file_hash` and `proof` replace what would be true."""
    tree, proofs = hashes.MerkleTree(), []
    for one in terms:
        table = tables[one.xorb]
        packed = table.chunk_hashes(one.start, one.end)
        tree.add(packed, table.sizes(one.start, one.end))
        proofs.append(lies.get("proof", hashes.term_hash(packed)) + bytes(16))
    flags = 1 << 31 | (1 << 30 if sha256 else 0)
    header = struct.pack("<32sII8x", lies.get("file_hash", tree.file_hash()), flags, len(terms))
    metadata = hashes.from_hex(sha256) + bytes(16) if sha256 else b""
    return header + pack_terms(terms).packed + b"".join(proofs) + metadata


def shard(files: Sequence[bytes], tables: Sequence[XorbTable] = (), footer: bytes = b"") -> bytes:
    header = struct.pack("<32sQQ", TAG, 2, len(footer))
    xorbs = b"".join(itertools.chain.from_iterable(_xorb_record(table) for table in tables))
    return header + b"".join(files) + BOOKEND + xorbs + BOOKEND + footer


def _xorb_record(table: XorbTable) -> Iterator[bytes]:
    yield struct.pack("<32s4I", table.xorb, 0, len(table), table.unpacked_size, table.packed_size)
    for index, chunk in enumerate(hashes.split_hashes(table.hashes)):
        yield struct.pack("<32s4I", chunk, table.unpacked_start(index), table.unpacked_length(index, index + 1), 0, 0)
