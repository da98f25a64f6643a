"""The head of a GGUF file: its metadata and tensors. Only the head is read, however large the file is."""

import struct
from collections.abc import Callable
from typing import Any

from gatehouse.repos.tensors import Tensor, TensorFile
from gatehouse.storage.errors import Refusal
from gatehouse.storage.serve import Source

MAGIC = b"GGUF"
VERSIONS = (2, 3)
BLOCK = 512 * 1024  # bytes read at once
LARGEST_HEAD = 32 * 1024**2
MOST_VALUES = 1_500_000  # of all arrays together: vocabularies have hundreds of thousands of words
MOST_TENSORS = 20_000
MOST_KEYS = 5_000
LONGEST_NAME = 65_535
SHOWN_ITEMS = 8
SHOWN_CHARS = 2_000
MOST_DIMENSIONS = 8

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_DTYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
    29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}  # fmt: skip


class NotGguf(Refusal):
    """The file is no GGUF file, or one with a head beyond all measure."""

    status = 400
    message = "This is not a valid GGUF file."


class _Head:
    """Reads on from the beginning of a file, a block at a time."""

    def __init__(self, source: Source, size: int) -> None:
        self._source, self._end = source, min(size, LARGEST_HEAD)
        self._buffer, self._at, self._read = b"", 0, 0
        self.values_left = MOST_VALUES

    def take(self, number: int) -> bytes:
        while len(self._buffer) - self._at < number:
            self._fill(number)
        data = self._buffer[self._at : self._at + number]
        self._at += number
        return data

    def _fill(self, number: int) -> None:
        stop = min(self._end, self._read + max(BLOCK, number))
        if stop <= self._read or number > self._end:
            raise NotGguf
        more = b"".join(self._source.read_range(self._read, stop))
        self._buffer, self._at, self._read = self._buffer[self._at :] + more, 0, stop

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        return self.take(self.number("<Q")).decode("utf-8", "replace")

    def name(self) -> str:
        length = self.number("<Q")
        if length > LONGEST_NAME:
            raise NotGguf
        return self.take(length).decode("utf-8", "replace")


def read_head(source: Source, size: int) -> TensorFile:
    """Read what stands before the weights; raises NotGguf."""
    head = _Head(source, size)
    if head.take(4) != MAGIC or head.number("<I") not in VERSIONS:
        raise NotGguf
    tensors, keys = head.number("<Q"), head.number("<Q")
    if tensors > MOST_TENSORS or keys > MOST_KEYS:
        raise NotGguf
    metadata = [(head.name(), _value(head, head.number("<I"))) for _ in range(keys)]
    return TensorFile(metadata, [_tensor(head) for _ in range(tensors)])


def _value(head: _Head, kind: int) -> str:
    if kind == _ARRAY:
        return _array(head)
    return str(_reader(kind)(head))[:SHOWN_CHARS]


def _reader(kind: int) -> Callable[[_Head], Any]:
    if kind == _STRING:
        return _Head.text
    form = _NUMBERS.get(kind)
    if form is None:
        raise NotGguf
    return lambda head: head.number(form)


def _array(head: _Head) -> str:
    """Read through an array; of a long one the first items and their number are told."""
    kind, length = head.number("<I"), head.number("<Q")
    head.values_left -= length
    if head.values_left < 0 or kind == _ARRAY:
        raise NotGguf
    read = _reader(kind)
    first = [read(head) for _ in range(min(length, SHOWN_ITEMS))]
    for _ in range(length - len(first)):
        read(head)
    shown = ", ".join(repr(item) if isinstance(item, str) else str(item) for item in first)
    more = f", … ({length:,})" if length > len(first) else ""
    return f"[{shown[:SHOWN_CHARS]}{more}]"


def _tensor(head: _Head) -> Tensor:
    name, dimensions = head.name(), head.number("<I")
    if dimensions > MOST_DIMENSIONS:
        raise NotGguf
    shape = tuple(head.number("<Q") for _ in range(dimensions))
    kind, _offset = head.number("<I"), head.number("<Q")
    return Tensor(name, _DTYPES.get(kind, f"type {kind}"), shape)
