"""Shards: read as clients send them, refused when a count or a mark is wrong; and our answers to dedup queries."""

import hashlib
import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.storage.errors import Refusal
from gatehouse.storage.xet import hashes
from gatehouse.storage.xet.errors import InvalidShard
from gatehouse.xet import shard as shards
from gatehouse.xet.shard import read_shard, write_dedup_shard
from xet import samples

pytestmark = pytest.mark.once

SHELF = samples.Shelf()
FIRST, SECOND = SHELF.put(samples.chunks_of("first", 4)), SHELF.put(samples.chunks_of("second", 6))
LONG = [samples.term(SECOND, 1, 6), samples.term(FIRST, 0, 2), samples.term(FIRST, 0, 4)]
SHORT = [samples.term(FIRST, 3, 4)]
SHA256 = hashlib.sha256(b"what the client says").hexdigest()
FILES = [samples.file_record(LONG, SHELF.tables, SHA256), samples.file_record(SHORT, SHELF.tables)]
SHARD = samples.shard(FILES, [FIRST, SECOND])


def read(shard: bytes):
    return list(read_shard(io.BytesIO(shard), len(shard)))


def test_it_reads_what_the_client_sends():
    [record] = read(samples.RECORDED_SHARD)
    [term] = record.terms
    assert record.sha256 == hashlib.sha256(samples.RECORDED_NUMBERS).hexdigest()
    assert (hashes.to_hex(term.xorb), term.start, term.end) == (samples.RECORDED_NUMBERS_HASH, 0, 1)
    assert record.terms.size == term.length == len(samples.RECORDED_NUMBERS)
    assert record.proof(0) == hashes.term_hash(hashes.chunk_hash(samples.RECORDED_NUMBERS))


@pytest.mark.parametrize("footer", [b"", bytes(200), b"look-up tables and a footer of any length"])
def test_it_reads_every_file_with_or_without_a_footer(footer):
    long, short = read(samples.shard(FILES, [FIRST, SECOND], footer))
    assert (list(long.terms), list(short.terms)) == (LONG, SHORT)
    assert (long.sha256, short.sha256) == (SHA256, None)
    assert long.proof(2) == hashes.term_hash(FIRST.hashes)


def test_it_reads_an_empty_file_and_a_shard_without_files():
    assert read(samples.shard([])) == []
    [record] = read(samples.shard([samples.file_record([], {})]))
    assert (record.file_hash, record.terms.size) == (hashes.EMPTY, 0)


def changed(offset: int, form: str, *values: int) -> bytes:
    packed = struct.pack(form, *values)
    return SHARD[:offset] + packed + SHARD[offset + len(packed) :]


XORBS_AT = SHARD.index(samples.BOOKEND) + 48
BAD = {
    "nothing at all": b"",
    "no tag": b"\0" * 480,
    "another version": changed(32, "<Q", 3),
    "a file without verification": changed(48 + 32, "<I", 1 << 30),
    "more terms than bytes": changed(48 + 36, "<I", 0xFFFFFFFF),
    "a term too many": changed(48 + 36, "<I", 4),
    "more chunks than bytes": changed(XORBS_AT + 36, "<I", 0xFFFFFFFF),
    "a chunk too many": changed(XORBS_AT + 36, "<I", 17),
    "more chunks than a xorb can have": changed(XORBS_AT + 36, "<I", 8193),
    "no end of files": SHARD.replace(samples.BOOKEND, bytes(48), 1),
    "no list of xorbs": SHARD[:XORBS_AT],
    "its last record cut short": SHARD[:-1],
}


@pytest.mark.parametrize("shard", BAD.values(), ids=BAD.keys())
def test_it_refuses(shard):
    with pytest.raises(InvalidShard) as refused:
        read(shard)
    assert refused.value.status == 400


def test_it_refuses_a_body_shorter_than_was_said():
    with pytest.raises(InvalidShard, match="cut short"):
        list(read_shard(io.BytesIO(SHARD[:-48]), len(SHARD)))


@pytest.mark.parametrize("shard", [BAD["more terms than bytes"], BAD["more chunks than bytes"]])
def test_no_count_makes_it_ask_for_more_than_the_shard_has(shard):
    class Careful(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 <= size <= len(shard)
            return super().read(size)

    with pytest.raises(InvalidShard, match="count"):
        list(read_shard(Careful(shard), len(shard)))


def test_a_shard_is_not_read_beyond_the_size_that_the_protocol_allows(monkeypatch):
    monkeypatch.setattr(shards, "MAX_SHARD", len(SHARD) - 1)
    with pytest.raises(InvalidShard, match="cut short"):
        read(SHARD)


@given(st.binary(max_size=300), st.booleans())
def test_noise_is_refused_and_nothing_else_happens(noise, tagged):
    with pytest.raises(Refusal):
        read(SHARD[:48] + noise if tagged else noise)


@given(st.integers(0, len(SHARD)), st.integers(0, 100), st.binary(max_size=100))
def test_a_mutated_shard_is_read_or_refused(start, length, replacement):
    mutated = SHARD[:start] + replacement + SHARD[start + length :]
    with suppress(InvalidShard):
        assert all(len(record.proofs) == len(record.terms.packed) for record in read(mutated))


def test_terms_find_the_bytes_of_a_file():
    terms = samples.pack_terms(LONG)
    lengths = [term.length for term in LONG]
    assert terms.size == sum(lengths)
    assert set(terms.xorbs()) == {FIRST.xorb, SECOND.xorb}
    assert [offset for offset, _ in terms.between(0, terms.size)] == [0, lengths[0], lengths[0] + lengths[1]]
    assert list(terms.between(lengths[0], lengths[0] + 1)) == [(lengths[0], LONG[1])]
    assert list(terms.between(lengths[0] - 1, lengths[0] + 1)) == [(0, LONG[0]), (lengths[0], LONG[1])]
    assert list(terms.between(terms.size, terms.size + 9)) == []


def test_an_answer_to_a_dedup_query_lists_xorbs_under_hidden_hashes():
    answer = write_dedup_shard([FIRST, SECOND], key=b"k" * 32, created=5, expires=9)
    assert read(answer) == []
    tables = sorted([FIRST, SECOND], key=lambda table: int.from_bytes(table.xorb[:8], "little"))
    header, *chunks = struct.iter_unpack("<32s4I", answer[96 : 96 + 48 * (1 + len(tables[0]))])
    assert header == (tables[0].xorb, 0, len(tables[0]), tables[0].unpacked_size, tables[0].packed_size)
    for index, (shown, start, length, _, _) in enumerate(chunks):
        assert shown == hashes.hidden_hash(tables[0].chunk_hashes(index, index + 1), b"k" * 32)
        assert (start, length) == (tables[0].unpacked_start(index), tables[0].unpacked_length(index, index + 1))
    assert not any(chunk in answer for table in tables for chunk in hashes.split_hashes(table.hashes))


def test_the_tables_behind_it_lead_to_every_chunk():
    answer = write_dedup_shard([FIRST, SECOND], key=b"k" * 32, created=5, expires=9)
    footer = struct.unpack("<9Q32sQQ48x4Q", answer[-200:])
    _, files_at, records_at, _, file_count, xorbs_at, xorb_count, chunks_at, chunk_count, key, *rest = footer
    assert (footer[0], files_at, records_at, file_count, xorb_count, chunk_count) == (1, 48, 96, 0, 2, 10)
    assert (key, rest[:2]) == (b"k" * 32, [5, 9])
    assert rest[2:] == [
        FIRST.packed_size + SECOND.packed_size,
        0,
        FIRST.unpacked_size + SECOND.unpacked_size,
        len(answer) - 200,
    ]
    for number, index in struct.iter_unpack("<QI", answer[xorbs_at:chunks_at]):
        assert answer[records_at + 48 * index :][:8] == number.to_bytes(8, "little")
    entries = list(struct.iter_unpack("<QII", answer[chunks_at:-200]))
    assert entries == sorted(entries)
    for number, index, place in entries:
        assert answer[records_at + 48 * (index + 1 + place) :][:8] == number.to_bytes(8, "little")


def test_it_marks_the_chunks_that_clients_will_ask_for():
    chunk = next(b"%d" % n for n in range(100_000) if hashes.is_eligible(hashes.chunk_hash(b"%d" % n)))
    table = SHELF.put([chunk, b"another"])
    answer = write_dedup_shard([table], key=bytes(32), created=0, expires=1)
    flags = [struct.unpack_from("<I", answer, 96 + 48 * i + 40)[0] for i in (1, 2)]
    assert flags == [1 << 31, 0]
