"""The hashes of Xet: keyed BLAKE3 of chunks and of trees, 32 raw bytes each, and how the wire spells them."""

import re
from array import array
from collections.abc import Iterable, Iterator

from blake3 import blake3

from gatehouse.storage.xet.errors import InvalidHash

HASH_LENGTH = 32
EMPTY = bytes(HASH_LENGTH)

# The protocol's published keys: one for the bytes of a chunk, one for the nodes above, one for terms.
_CHUNK_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
_NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
_TERM_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
_FILE_KEY = EMPTY

_SMALLEST_GROUP = 3
_LARGEST_GROUP = 9
_CUTTING_DIGITS = frozenset("048c")  # the last hexadecimal digit of a number that 4 divides
_ELIGIBLE_ONE_IN = 1024
_SPELLING = re.compile(r"[0-9a-f]{64}")


def chunk_hash(chunk: bytes | bytearray | memoryview) -> bytes:
    return blake3(chunk, key=_CHUNK_KEY).digest()


def term_hash(chunk_hashes: bytes) -> bytes:
    """What proves that the author of a term knows its chunks: over their concatenated hashes."""
    return blake3(chunk_hashes, key=_TERM_KEY).digest()


def hidden_hash(chunk: bytes, key: bytes) -> bytes:
    """A chunk's hash as a dedup answer shows it, of use only to one who has the chunk."""
    return blake3(chunk, key=key).digest()


def is_eligible(chunk: bytes) -> bool:
    """Whether clients ask us for this chunk; a file's first chunk they ask for in any case."""
    return int.from_bytes(chunk[24:32], "little") % _ELIGIBLE_ONE_IN == 0


def to_hex(raw: bytes) -> str:
    """64 digits for 32 bytes: each group of 8 bytes is spelt as a number, so backwards."""
    return b"".join(raw[i : i + 8][::-1] for i in range(0, HASH_LENGTH, 8)).hex()


def from_hex(spelling: str) -> bytes:
    """The 32 bytes that to_hex spells; InvalidHash for any other text."""
    if not _SPELLING.fullmatch(spelling):
        raise InvalidHash
    return b"".join(bytes.fromhex(spelling[i : i + 16])[::-1] for i in range(0, 64, 16))


def split_hashes(packed: bytes) -> Iterator[bytes]:
    return (packed[i : i + HASH_LENGTH] for i in range(0, len(packed), HASH_LENGTH))


class MerkleTree:
    """The tree over a sequence of chunks, built as they come, in memory of its depth only."""

    def __init__(self) -> None:
        self._levels: list[_Level] = [_Level()]

    def add(self, chunk_hashes: bytes, sizes: Iterable[int]) -> None:
        """Append chunks: their concatenated hashes, and as many sizes in bytes."""
        bottom = self._levels[0]
        for spelling, size in zip(_spellings(chunk_hashes), sizes, strict=True):
            if bottom.add(spelling, size):
                self._close(0)

    def root(self) -> bytes:
        """The hash of everything added, which is the xorb hash of a xorb's chunks; ends the tree."""
        depth = 0
        while (level := self._levels[depth]).count > 1:
            if level.lines:
                self._close(depth)
            depth += 1
        return from_hex(level.last) if level.count else EMPTY

    def file_hash(self) -> bytes:
        """The hash of a file that consists of everything added; ends the tree."""
        root = self.root()
        return blake3(root, key=_FILE_KEY).digest() if self._levels[0].count else EMPTY

    def _close(self, depth: int) -> None:
        """Turn the open group at this depth into one node of the level above."""
        node, size = self._levels[depth].close()
        if depth + 1 == len(self._levels):
            self._levels.append(_Level())
        if self._levels[depth + 1].add(node, size):
            self._close(depth + 1)


class _Level:
    """One level of the tree: its open group as the text that will be hashed."""

    __slots__ = ("count", "last", "lines", "size")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.size = 0
        self.count = 0
        self.last = ""

    def add(self, spelling: str, size: int) -> bool:
        """Append a node; whether that completes the group."""
        self.lines.append(f"{spelling} : {size}\n")
        self.size += size
        self.count += 1
        self.last = spelling
        length = len(self.lines)
        return length == _LARGEST_GROUP or (length >= _SMALLEST_GROUP and spelling[-1] in _CUTTING_DIGITS)

    def close(self) -> tuple[str, int]:
        """The open group as one node: its spelling and its size in bytes."""
        node = blake3("".join(self.lines).encode(), key=_NODE_KEY).digest()
        size = self.size
        self.lines.clear()
        self.size = 0
        return to_hex(node), size


def _spellings(packed: bytes) -> Iterator[str]:
    """to_hex of each hash of a concatenation, by one swap of the whole."""
    numbers = array("Q", packed)
    numbers.byteswap()
    digits = numbers.tobytes().hex()
    return (digits[i : i + 64] for i in range(0, len(digits), 64))


def xorb_hash(chunk_hashes: bytes, sizes: Iterable[int]) -> bytes:
    """The hash that names a xorb: the root over its chunks."""
    tree = MerkleTree()
    tree.add(chunk_hashes, sizes)
    return tree.root()
