"""The tensors that a weight file holds, as its header tells them."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from math import prod


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its name, the type of its numbers and its shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def parameters(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class TensorFile:
    """What a header tells: metadata in its own order, and the tensors."""

    metadata: list[tuple[str, str]]
    tensors: list[Tensor]

    @cached_property
    def parameters(self) -> int:
        return sum(tensor.parameters for tensor in self.tensors)

    @cached_property
    def by_dtype(self) -> list[tuple[str, int]]:
        """How many parameters there are of each type, the most first."""
        counted: Counter[str] = Counter()
        for tensor in self.tensors:
            counted[tensor.dtype] += tensor.parameters
        return counted.most_common()
