"""A file is believed only after its terms, hashes and bytes have been checked."""

import hashlib
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.storage.xet import hashes
from gatehouse.storage.xet.errors import InvalidShard
from gatehouse.storage.xet.terms import Term
from gatehouse.xet.shard import FileRecord, read_shard
from gatehouse.xet.verify import verify_bytes, verify_terms
from xet import samples
from xet.samples import term

pytestmark = pytest.mark.once

SHELF = samples.Shelf()
CHUNKS = samples.chunks_of("verified", 30)
FIRST, SECOND = SHELF.put(CHUNKS[:20]), SHELF.put(CHUNKS[20:])
TERMS = [term(FIRST, 2, 20), term(SECOND, 0, 10), term(FIRST, 0, 1)]
CONTENT = b"".join([*CHUNKS[2:], CHUNKS[0]])
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def record_of(terms: list[Term], sha256: str | None = SHA256, **lies: bytes) -> FileRecord:
    shard = samples.shard([samples.file_record(terms, SHELF.tables, sha256, **lies)])
    return next(read_shard(io.BytesIO(shard), len(shard)))


def refused(record: FileRecord) -> str:
    with pytest.raises(InvalidShard) as refusal:
        list(verify_terms(record, SHELF.tables.get))
    assert refusal.value.status == 400
    return refusal.value.message


def hashed(record: FileRecord) -> tuple[list[int], str]:
    """What verify_bytes yields and what it returns."""
    steps, progress = [], verify_bytes(record, SHELF.source(record.terms))
    while True:
        try:
            steps.append(next(progress))
        except StopIteration as end:
            return steps, end.value


def test_a_true_record_passes_and_tells_how_far_it_is():
    record = record_of(TERMS)
    assert list(verify_terms(record, SHELF.tables.get))[-1] == len(CONTENT)
    assert hashed(record) == ([len(CONTENT)], SHA256)


def test_the_sha256_is_made_from_the_bytes_when_none_is_claimed():
    assert hashed(record_of(TERMS, None))[1] == SHA256


def test_an_empty_file_passes():
    record = record_of([], None)
    assert list(verify_terms(record, SHELF.tables.get)) == []
    assert hashed(record) == ([], hashlib.sha256(b"").hexdigest())


def test_a_claimed_sha256_that_is_not_that_of_the_bytes_is_refused():
    victim = hashlib.sha256(b"somebody else's weights").hexdigest()
    with pytest.raises(InvalidShard, match="do not have the sha256"):
        hashed(record_of(TERMS, victim))


def test_a_term_in_an_unknown_xorb_is_refused():
    with pytest.raises(InvalidShard, match="unknown xorb"):
        list(verify_terms(record_of(TERMS), {FIRST.xorb: FIRST}.get))


@pytest.mark.parametrize(("start", "end"), [(0, 11), (10, 11), (3, 3), (4, 3), (0xFFFFFFFF, 1), (0, 0xFFFFFFFF)])
def test_a_term_of_chunks_that_are_not_there_is_refused(start, end):
    true = record_of([term(SECOND, 0, 10)])
    lying = FileRecord(true.file_hash, samples.pack_terms([Term(SECOND.xorb, 1, start, end)]), None, true.proofs)
    assert "does not have" in refused(lying)


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_term_of_a_wrong_length_is_refused(difference):
    wrong = term(SECOND, 0, 10)._replace(length=SECOND.unpacked_size + difference)
    assert "length of a term" in refused(record_of([wrong]))


def test_a_term_whose_author_does_not_know_its_chunks_is_refused():
    assert "verification hash" in refused(record_of(TERMS, proof=hashes.term_hash(b"guessed")))


def test_a_file_of_other_terms_is_refused():
    assert "do not make the file" in refused(record_of(TERMS, file_hash=record_of(TERMS[:2]).file_hash))
    assert "do not make the file" in refused(record_of([], None, file_hash=record_of(TERMS).file_hash))


def test_nothing_is_hashed_before_it_is_asked_for():
    opened = len(SHELF.opened)
    verify_bytes(record_of(TERMS), SHELF.source(record_of(TERMS).terms))
    assert len(SHELF.opened) == opened


GOOD = samples.shard([samples.file_record(TERMS, SHELF.tables, SHA256)], [FIRST, SECOND])


@given(st.integers(48, len(GOOD)), st.integers(0, 8), st.binary(max_size=8))
def test_no_mutation_of_a_shard_registers_other_content(start, length, replacement):
    mutated = GOOD[:start] + replacement + GOOD[start + length :]
    with suppress(InvalidShard):
        for record in read_shard(io.BytesIO(mutated), len(mutated)):
            list(verify_terms(record, SHELF.tables.get))
            assert (record.file_hash, hashed(record)[1]) == (record_of(TERMS).file_hash, SHA256)
