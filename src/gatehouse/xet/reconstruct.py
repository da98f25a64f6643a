"""Plans by which clients rebuild a byte range of a file, and how the two versions of the protocol write them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gatehouse.storage.errors import Refusal
from gatehouse.storage.xet.errors import RangeNotSatisfiable
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.storage.xet.source import TableOf, narrow
from gatehouse.storage.xet.terms import Term, Terms

# The address at which a client may read exactly the bytes `first` to `last`, both included, of a xorb.
SignUrl = Callable[[bytes, int, int], str]

MAX_PLAN_TERMS = 100_000  # 6 TiB of a file uploaded at once; only a file made of crumbs has more


class Piece(NamedTuple):
    """Chunks [start, end) of one xorb, which lie in the bytes [first, stop) of its body."""

    start: int
    end: int
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How to rebuild a byte range: fetch the pieces, unpack the terms, skip `offset` bytes."""

    offset: int
    terms: list[Term]
    pieces: Mapping[bytes, list[Piece]]


def plan_range(terms: Terms, table_of: TableOf, start: int, stop: int) -> Plan:
    """Plan bytes [start, stop) of a file in whole chunks; RangeNotSatisfiable from its end on."""
    if start >= terms.size and start:
        raise RangeNotSatisfiable(terms.size)
    planned, pieces, skip = list[Term](), dict[bytes, list[Piece]](), 0
    for offset, term in terms.between(start, stop):
        if len(planned) == MAX_PLAN_TERMS:
            raise Refusal("The file has too many terms for one answer; ask for a smaller range.")
        table = table_of(term.xorb)
        wanted = narrow(term, table, start - offset, stop - offset)
        if not planned:
            skip = start - offset - (table.unpacked_start(wanted.start) - table.unpacked_start(term.start))
        planned.append(wanted)
        piece = Piece(wanted.start, wanted.end, *table.packed_range(wanted.start, wanted.end))
        pieces.setdefault(term.xorb, []).append(piece)
    return Plan(skip, planned, {xorb: _merge(found) for xorb, found in pieces.items()})


def _merge(pieces: list[Piece]) -> list[Piece]:
    """The same chunks in ascending order, with pieces that touch or overlap made one."""
    merged = list[Piece]()
    for piece in sorted(pieces):
        if merged and piece.start <= merged[-1].end:
            last = merged[-1]
            merged[-1] = Piece(last.start, max(last.end, piece.end), last.first, max(last.stop, piece.stop))
        else:
            merged.append(piece)
    return merged


def as_v1(plan: Plan, sign: SignUrl) -> dict[str, Any]:
    """The body of an answer to GET /v1/reconstructions."""
    fetch_info = {
        to_hex(xorb): [
            {
                "range": _chunks(piece),
                "url": sign(xorb, piece.first, piece.stop - 1),
                "url_range": _bytes(piece),
            }
            for piece in pieces
        ]
        for xorb, pieces in plan.pieces.items()
    }
    return {"offset_into_first_range": plan.offset, "terms": _terms(plan), "fetch_info": fetch_info}


def as_v2(plan: Plan, sign: SignUrl) -> dict[str, Any]:
    """The body of an answer to GET /v2/reconstructions; each piece has an address of its own."""
    xorbs = {
        to_hex(xorb): [
            {
                "url": sign(xorb, piece.first, piece.stop - 1),
                "ranges": [{"chunks": _chunks(piece), "bytes": _bytes(piece)}],
            }
            for piece in pieces
        ]
        for xorb, pieces in plan.pieces.items()
    }
    return {"offset_into_first_range": plan.offset, "terms": _terms(plan), "xorbs": xorbs}


def _terms(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "hash": to_hex(term.xorb),
            "unpacked_length": term.length,
            "range": {"start": term.start, "end": term.end},
        }
        for term in plan.terms
    ]


def _chunks(piece: Piece) -> dict[str, int]:
    return {"start": piece.start, "end": piece.end}


def _bytes(piece: Piece) -> dict[str, int]:
    """As HTTP counts: the end is included, unlike in all other ranges here."""
    return {"start": piece.first, "end": piece.stop - 1}
