"""Xorbs: read as clients send them, refused when anything in them is not so."""

import io
import tracemalloc

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.storage.errors import Refusal
from gatehouse.storage.xet import xorb
from gatehouse.storage.xet.errors import DamagedXorbError, InvalidXorb
from gatehouse.storage.xet.hashes import EMPTY, chunk_hash, from_hex
from gatehouse.storage.xet.xorb import MAX_CHUNK, MAX_CHUNKS, read_chunks, scan_xorb
from gatehouse.storage.xet.xorb_table import write_footer
from xet import samples
from xet.samples import GROUPED_LZ4, LZ4, RAW

pytestmark = pytest.mark.once

CHUNKS = samples.chunks_of("model", 5)
BODY = b"".join(samples.pack_chunk(chunk, scheme) for chunk, scheme in zip(CHUNKS, [0, 1, 2, 1, 2], strict=True))
NAME = samples.name_of(CHUNKS)


def scan(body: bytes, name: bytes = NAME):
    return scan_xorb(io.BytesIO(body), name)


@pytest.mark.parametrize(
    ("body", "content", "name"),
    [
        (samples.RECORDED_TEXT_XORB, samples.RECORDED_TEXT, samples.RECORDED_TEXT_HASH),
        (samples.RECORDED_NUMBERS_XORB, samples.RECORDED_NUMBERS, samples.RECORDED_NUMBERS_HASH),
    ],
)
def test_it_reads_what_the_client_sends(body, content, name):
    table = scan(body, from_hex(name))
    assert table.hashes == chunk_hash(content)
    assert (table.packed_size, table.unpacked_size) == (len(body), len(content))
    assert b"".join(read_chunks(io.BytesIO(body), table, 0, 1)) == content


def test_its_table_tells_where_every_chunk_lies():
    table = scan(BODY)
    assert len(table) == 5
    assert table.packed_size == len(BODY)
    assert table.sizes(1, 4) == [len(chunk) for chunk in CHUNKS[1:4]]
    assert table.unpacked_length(1, 4) == sum(map(len, CHUNKS[1:4]))
    assert table.unpacked_start(3) == sum(map(len, CHUNKS[:3]))
    assert table.chunk_hashes(2, 3) == chunk_hash(CHUNKS[2])


def test_any_range_of_chunks_can_be_read_alone():
    table = scan(BODY)
    for start in range(5):
        for end in range(start + 1, 6):
            first, stop = table.packed_range(start, end)
            assert list(read_chunks(io.BytesIO(BODY[first:stop]), table, start, end)) == CHUNKS[start:end]


@pytest.mark.parametrize("scheme", [RAW, LZ4, GROUPED_LZ4])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1021, MAX_CHUNK])
def test_chunks_of_every_length_and_scheme_unpack(size, scheme):
    chunk = bytes(i * i % 251 for i in range(size))
    body = samples.pack_chunk(chunk, scheme)
    table = scan(body, samples.name_of([chunk]))
    assert list(read_chunks(io.BytesIO(body), table, 0, 1)) == [chunk]


def test_a_footer_of_the_client_ends_the_chunks_and_is_not_believed():
    lie = write_footer(scan(BODY)).replace(CHUNKS[0][:4], b"lies")
    assert scan(BODY + lie) == scan(BODY + b"XETBLOB!" + b"anything") == scan(BODY)


FRAME = lz4.frame.compress(b"gate")
BAD = {
    "nothing at all": (b"", "address"),
    "only a footer": (b"XETBLOB\x01", "address"),
    "a header cut short": (BODY + b"\0\0\0", "Chunk 5 .* cut short"),
    "a chunk cut short": (BODY[:-1], "Chunk 4 .* cut short"),
    "chunks in another order": (
        BODY[len(samples.pack_chunk(CHUNKS[0])) :] + samples.pack_chunk(CHUNKS[0]),
        "address",
    ),
    "a chunk more": (BODY + samples.pack_chunk(b"more"), "address"),
    "an unknown version": (b"\x01" + BODY[1:], "unknown version"),
    "an unknown scheme": (samples.chunk_of(b"raw", 3, 3), "unknown version or scheme"),
    "an empty chunk": (samples.chunk_of(b"", RAW, 0), "is empty"),
    "a chunk over 128 KiB": (samples.pack_chunk(bytes(MAX_CHUNK + 1)), "longer than 128 KiB"),
    "a packed length over 256 KiB": (samples.chunk_of(bytes(2 * MAX_CHUNK + 1), LZ4, 1), "longer than 128 KiB"),
    "a raw chunk of another length": (samples.chunk_of(b"raw", RAW, 4), "length that it declares"),
    "no LZ4 frame": (samples.chunk_of(b"not a frame", LZ4, 11), "not an LZ4 frame"),
    "an empty LZ4 chunk": (samples.chunk_of(b"", LZ4, 11), "not one whole LZ4 frame"),
    "an LZ4 frame cut short": (samples.chunk_of(FRAME[:-4], LZ4, 4), "not one whole LZ4 frame"),
    "two LZ4 frames": (samples.chunk_of(FRAME * 2, LZ4, 4), "not one whole LZ4 frame"),
    "a skippable LZ4 frame": (samples.chunk_of(bytes.fromhex("502a4d1804000000") + b"skip", LZ4, 4), "declares"),
    "an LZ4 frame of fewer bytes": (samples.chunk_of(FRAME, LZ4, 5), "length that it declares"),
    "an LZ4 frame of more bytes": (samples.chunk_of(FRAME, LZ4, 3), "LZ4 frame|length that it declares"),
}


@pytest.mark.parametrize(("body", "reason"), BAD.values(), ids=BAD.keys())
def test_it_refuses(body, reason):
    with pytest.raises(InvalidXorb, match=reason) as refused:
        scan(body)
    assert refused.value.status == 400


def test_it_refuses_a_xorb_of_nothing_under_the_name_of_nothing():
    with pytest.raises(InvalidXorb):
        scan(b"", EMPTY)


def test_it_refuses_chunks_that_take_more_room_packed_than_the_protocol_needs(monkeypatch):
    monkeypatch.setattr(xorb, "MAX_STORED", len(BODY) - 1)
    with pytest.raises(InvalidXorb, match="at most"):
        scan(BODY)


def test_it_refuses_a_flipped_bit_anywhere():
    for position in range(len(BODY)):
        flipped = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]
        try:
            assert scan(flipped).hashes == scan(BODY).hashes, "another packing of the same chunks"
        except InvalidXorb:
            continue


def test_it_refuses_more_chunks_than_the_protocol_allows():
    body = samples.pack_chunk(b"x") * MAX_CHUNKS
    assert len(scan(body, samples.name_of([b"x"] * MAX_CHUNKS))) == MAX_CHUNKS
    with pytest.raises(InvalidXorb, match="at most 8192 chunks"):
        scan(body + samples.pack_chunk(b"x"))


def test_it_refuses_what_unpacks_to_more_than_64_mib():
    full = samples.pack_chunk(bytes(MAX_CHUNK), LZ4)
    assert len(full) < 1000
    assert scan(full * 512, samples.name_of([bytes(MAX_CHUNK)] * 512)).unpacked_size == 64 << 20
    with pytest.raises(InvalidXorb, match="at most 64 MiB"):
        scan(full * 513)


def test_a_bomb_takes_no_more_memory_than_a_chunk():
    bomb = lz4.frame.compress(bytes(48 << 20), content_checksum=True, block_size=lz4.frame.BLOCKSIZE_MAX4MB)
    body = samples.chunk_of(bomb, LZ4, MAX_CHUNK)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidXorb):
            scan(body)
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_reading_notices_damage():
    table = scan(BODY)
    first, _ = table.packed_range(2, 3)
    damaged = bytearray(BODY)
    damaged[table.packed_range(0, 1)[1] - 1] ^= 1
    with pytest.raises(DamagedXorbError, match="has changed"):
        list(read_chunks(io.BytesIO(damaged), table, 0, 5))
    with pytest.raises(DamagedXorbError, match="cut short"):
        list(read_chunks(io.BytesIO(BODY[: first + 3]), table, 0, 5))


@given(st.binary(max_size=2000))
def test_noise_is_refused_and_nothing_else_happens(noise):
    with pytest.raises(Refusal):
        scan(noise)


@given(st.integers(0, len(BODY)), st.integers(0, 40), st.binary(max_size=40))
def test_no_mutation_passes_for_other_content(start, length, replacement):
    mutated = BODY[:start] + replacement + BODY[start + length :]
    try:
        table = scan(mutated)
    except Refusal:
        return
    assert b"".join(read_chunks(io.BytesIO(mutated), table, 0, 5)) == b"".join(CHUNKS)
