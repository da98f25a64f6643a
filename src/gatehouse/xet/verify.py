"""Whether what a shard says of a file is true: of its terms, its hashes, and at last of its bytes."""

from collections.abc import Callable, Generator, Iterator

from gatehouse.storage import sha256
from gatehouse.storage.xet.errors import InvalidShard
from gatehouse.storage.xet.hashes import MerkleTree, term_hash, to_hex
from gatehouse.storage.xet.source import XetSource
from gatehouse.storage.xet.terms import Term
from gatehouse.storage.xet.xorb_table import XorbTable
from gatehouse.xet.shard import FileRecord

# The table of a xorb that the file may consist of, None for one that is not stored or belongs to others.
KnownTable = Callable[[bytes], XorbTable | None]


def verify_terms(record: FileRecord, known: KnownTable) -> Iterator[int]:
    """Check all that the tables of the xorbs can tell; InvalidShard at the first thing that is not so.

    Yields the file's bytes covered so far, after each term.
    """
    tree = MerkleTree()
    covered = 0
    for index, term in enumerate(record.terms):
        table = known(term.xorb)
        if table is None:
            raise InvalidShard(f"The file {to_hex(record.file_hash)} has a term in an unknown xorb.")
        _check_term(term, table)
        chunks = table.chunk_hashes(term.start, term.end)
        if term_hash(chunks) != record.proof(index):
            raise InvalidShard("The verification hash of a term is wrong.")
        tree.add(chunks, table.sizes(term.start, term.end))
        covered += term.length
        yield covered
    if tree.file_hash() != record.file_hash:
        raise InvalidShard(f"The terms do not make the file {to_hex(record.file_hash)}.")


def _check_term(term: Term, table: XorbTable) -> None:
    if not term.start < term.end <= len(table):
        raise InvalidShard("A term names chunks that its xorb does not have.")
    if table.unpacked_length(term.start, term.end) != term.length:
        raise InvalidShard("The length of a term is not that of its chunks.")


def verify_bytes(record: FileRecord, source: XetSource) -> Generator[int, None, str]:
    """Rebuild the file and return its sha256 in hex; InvalidShard if the shard claims another.

    Only for a record that verify_terms has passed. Yields the bytes hashed so far, block by block.
    """
    hashed = 0
    with sha256.Sha256Aside() as sha:
        for block in source.read_range(0, record.terms.size, sha256.BLOCK):
            sha.update(block)
            hashed += len(block)
            yield hashed
        digest = sha.hexdigest()
    if record.sha256 not in {None, digest}:
        raise InvalidShard(f"The bytes of the file {to_hex(record.file_hash)} do not have the sha256 claimed.")
    return digest
