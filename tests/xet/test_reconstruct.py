"""Plans for byte ranges, and the bytes themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.storage.errors import Refusal
from gatehouse.storage.serve import BLOCK
from gatehouse.storage.xet.errors import DamagedXorbError, RangeNotSatisfiable
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.storage.xet.terms import Terms
from gatehouse.xet import reconstruct
from gatehouse.xet.reconstruct import Piece, as_v1, as_v2, plan_range
from xet import samples
from xet.samples import term

pytestmark = pytest.mark.once

SHELF = samples.Shelf()
ONE, TWO = samples.chunks_of("one", 8), samples.chunks_of("two", 3)
A, B = SHELF.put(ONE), SHELF.put(TWO, samples.GROUPED_LZ4)
TERMS = samples.pack_terms([term(A, 0, 3), term(A, 3, 5), term(B, 1, 3), term(A, 6, 8), term(A, 7, 8)])
CONTENT = b"".join([*ONE[:5], *TWO[1:], *ONE[6:], ONE[7]])


def sign(xorb: bytes, first: int, last: int) -> str:
    return f"https://hub/{to_hex(xorb)}?{first}-{last}"


def follow(plan: reconstruct.Plan, stop: int) -> bytes:
    """The bytes a client makes of a plan: it fetches the pieces, and finds each term within one of them."""
    unpacked = bytearray()
    for planned in plan.terms:
        table = SHELF.table_of(planned.xorb)
        [piece] = [p for p in plan.pieces[planned.xorb] if p.start <= planned.start and planned.end <= p.end]
        assert (piece.first, piece.stop) == table.packed_range(piece.start, piece.end)
        part = samples.pack_terms([planned])
        assert planned.length == part.size == table.unpacked_length(planned.start, planned.end)
        unpacked += b"".join(SHELF.source(part).read_range(0, part.size))
    return bytes(unpacked[plan.offset : plan.offset + stop])


def test_the_plan_of_a_whole_file_fetches_each_stretch_once():
    plan = plan_range(TERMS, SHELF.table_of, 0, TERMS.size)
    assert plan.offset == 0
    assert plan.terms == list(TERMS)
    assert plan.pieces == {
        A.xorb: [Piece(0, 5, 0, A.packed_range(0, 5)[1]), Piece(6, 8, *A.packed_range(6, 8))],
        B.xorb: [Piece(1, 3, *B.packed_range(1, 3))],
    }


@given(st.integers(0, TERMS.size - 1), st.integers(1, TERMS.size))
def test_a_plan_of_any_range_leads_to_its_bytes(start, length):
    plan = plan_range(TERMS, SHELF.table_of, start, start + length)
    assert follow(plan, length) == CONTENT[start : start + length]
    assert plan.offset < plan.terms[0].length
    assert plan.offset < SHELF.table_of(plan.terms[0].xorb).sizes(plan.terms[0].start, plan.terms[0].start + 1)[0]


@given(st.integers(0, TERMS.size - 1), st.integers(1, TERMS.size))
def test_any_range_can_be_read(start, length):
    assert b"".join(SHELF.source(TERMS).read_range(start, start + length)) == CONTENT[start : start + length]


def test_a_plan_of_one_byte_is_one_chunk():
    plan = plan_range(TERMS, SHELF.table_of, len(ONE[0]) + 5, len(ONE[0]) + 6)
    assert plan.terms == [term(A, 1, 2)]
    assert (plan.offset, plan.pieces) == (5, {A.xorb: [Piece(1, 2, *A.packed_range(1, 2))]})


@pytest.mark.parametrize("start", [TERMS.size, TERMS.size + 1])
def test_a_range_past_the_end_is_416(start):
    with pytest.raises(RangeNotSatisfiable) as refused:
        plan_range(TERMS, SHELF.table_of, start, start + 1)
    assert refused.value.status == 416
    assert refused.value.headers == {"Content-Range": f"bytes */{TERMS.size}"}


def test_an_empty_file_has_an_empty_plan():
    assert as_v2(plan_range(Terms(b""), SHELF.table_of, 0, 0), sign) == {
        "offset_into_first_range": 0,
        "terms": [],
        "xorbs": {},
    }


def test_a_plan_has_no_end_of_terms(monkeypatch):
    monkeypatch.setattr(reconstruct, "MAX_PLAN_TERMS", 4)
    with pytest.raises(Refusal, match="smaller range"):
        plan_range(TERMS, SHELF.table_of, 0, TERMS.size)
    assert len(plan_range(TERMS, SHELF.table_of, 1500, TERMS.size - len(ONE[7])).terms) == 4


def test_version_1_is_written_as_clients_read_it():
    first, stop = B.packed_range(1, 3)
    body = as_v1(plan_range(TERMS, SHELF.table_of, sum(map(len, ONE[:5])) + 9, len(CONTENT)), sign)
    assert body["offset_into_first_range"] == 9
    assert body["terms"][0] == {
        "hash": to_hex(B.xorb),
        "unpacked_length": len(TWO[1]) + len(TWO[2]),
        "range": {"start": 1, "end": 3},
    }
    assert body["fetch_info"][to_hex(B.xorb)] == [
        {
            "range": {"start": 1, "end": 3},
            "url": sign(B.xorb, first, stop - 1),
            "url_range": {"start": first, "end": stop - 1},
        }
    ]


def test_version_2_gives_every_piece_an_address_of_its_own():
    body = as_v2(plan_range(TERMS, SHELF.table_of, 0, TERMS.size), sign)
    assert body.keys() == {"offset_into_first_range", "terms", "xorbs"}
    (first, stop), (late, end) = A.packed_range(0, 5), A.packed_range(6, 8)
    assert body["xorbs"][to_hex(A.xorb)] == [
        {
            "url": sign(A.xorb, first, stop - 1),
            "ranges": [{"chunks": {"start": 0, "end": 5}, "bytes": {"start": first, "end": stop - 1}}],
        },
        {
            "url": sign(A.xorb, late, end - 1),
            "ranges": [{"chunks": {"start": 6, "end": 8}, "bytes": {"start": late, "end": end - 1}}],
        },
    ]


def test_reading_opens_no_more_of_a_xorb_than_it_needs():
    shelf = samples.Shelf()
    table = shelf.put(ONE)
    source = shelf.source(samples.pack_terms([term(table, 1, 7)]))
    assert b"".join(source.read_range(len(ONE[1]), len(ONE[1]) + 1)) == ONE[2][:1]
    assert shelf.opened == [(table.xorb, *table.packed_range(2, 3))]
    assert shelf.closed == 1


def test_reading_comes_in_blocks_and_ends_with_its_reader():
    shelf = samples.Shelf()
    table = shelf.put([bytes([n]) * 100_000 for n in range(9)])
    blocks = shelf.source(samples.pack_terms([term(table, 0, 9)])).read_range(0, 900_000)
    assert BLOCK <= len(next(blocks)) < BLOCK + 100_000
    blocks.close()
    assert len(shelf.opened) == shelf.closed == 1


def test_reading_stops_where_the_store_is_damaged():
    shelf = samples.Shelf()
    table = shelf.put(ONE)
    stored = bytearray(shelf.stored[table.xorb])
    stored[table.packed_range(5, 6)[0] + 40] ^= 1
    shelf.stored[table.xorb] = bytes(stored)
    terms = samples.pack_terms([term(table, 0, 8)])
    with pytest.raises(DamagedXorbError):
        list(shelf.source(terms).read_range(0, terms.size))
    assert b"".join(shelf.source(terms).read_range(0, len(ONE[0]))) == ONE[0]
