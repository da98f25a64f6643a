"""The head of GGUF files, good and bad."""

import struct
import time

import pytest

from gatehouse.repos.gguf import BLOCK, NotGguf, read_head
from gatehouse.storage.serve import BytesSource
from gguf_files import gguf, number, string, strings

pytestmark = pytest.mark.once

WORDS = [f"word{n}" for n in range(60_000)]
GOOD = gguf(
    [("general.name", string("Wren")), ("wren.layers", number(12)), ("tokenizer.ggml.tokens", strings(*WORDS))],
    [("output.weight", (64, 32), 1), ("norm", (64,), 99)],
)


def read(data: bytes):
    return read_head(BytesSource(data), len(data))


def test_it_reads_metadata_and_tensors_across_blocks() -> None:
    assert len(GOOD) > BLOCK
    told = read(GOOD + b"\0" * 100)
    assert told.metadata[:2] == [("general.name", "Wren"), ("wren.layers", "12")]
    assert told.metadata[2][1].startswith("['word0', 'word1'")
    assert told.metadata[2][1].endswith("(60,000)]")
    assert [(each.name, each.dtype, each.shape) for each in told.tensors] == [
        ("output.weight", "F16", (64, 32)),
        ("norm", "type 99", (64,)),
    ]
    assert told.parameters == 64 * 32 + 64


def test_it_reads_the_head_alone() -> None:
    class Weights:
        """Many gigabytes, of which nobody may ask for more than the beginning."""

        def read_range(self, start: int, stop: int):
            assert stop <= 3 * BLOCK
            return [GOOD[start:stop].ljust(stop - start, b"\0")]

    assert read_head(Weights(), 10**12).parameters == 64 * 32 + 64


@pytest.mark.parametrize("cut", [0, 3, 8, 20, 30, len(GOOD) - 1])
def test_it_refuses_what_is_cut_off(cut: int) -> None:
    with pytest.raises(NotGguf):
        read(GOOD[:cut])


@pytest.mark.parametrize(
    "data",
    [
        gguf([], [], version=1),
        b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60),
        gguf([("a", struct.pack("<IIQ", 9, 0, 2**60))], []),
        gguf([("a", struct.pack("<I", 77))], []),
        gguf([("a", struct.pack("<IQ", 8, 2**63))], []),
        gguf([], [("a", (2,) * 9, 0)]),
    ],
)
def test_it_refuses_what_is_beyond_measure_at_once(data: bytes) -> None:
    begin = time.perf_counter()
    with pytest.raises(NotGguf):
        read(data)
    assert time.perf_counter() - begin < 1
