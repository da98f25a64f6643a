"""The header of a safetensors file: its tensors, their types and shapes, without the weights themselves."""

from math import prod
from typing import Any

from gatehouse.repos.json_files import read_json
from gatehouse.repos.tensors import Tensor, TensorFile
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_tree import Entry
from gatehouse.storage.serve import Source

LARGEST_HEADER = 16 * 1024**2  # bytes
LENGTH = 8  # bytes at the beginning of a file that tell the length of its header
MOST_DIMENSIONS = 64
MOST_PARAMETERS = 2**63 - 1  # of one tensor


class NotSafetensors(Refusal):
    """The file is no safetensors file, and no index of such files."""

    status = 400

    def __init__(self, path: str) -> None:
        super().__init__(f"{path!r} is not a valid safetensors file or index.")


def read_header(source: Source, entry: Entry, *, largest: int = LARGEST_HEADER) -> tuple[dict[str, Any], int]:
    """Read the header of a file, which is a small part of it, and give its length in bytes as well."""
    length = int.from_bytes(read_range(source, 0, min(LENGTH, entry.size)), "little")
    if not 0 < length <= min(largest, entry.size - LENGTH):
        raise NotSafetensors(entry.path)
    return json_object(read_range(source, LENGTH, LENGTH + length), entry.path), length


def read_range(source: Source, start: int, stop: int) -> bytes:
    return b"".join(source.read_range(start, stop)) if stop > start else b""


def json_object(data: bytes, path: str) -> dict[str, Any]:
    try:
        value = read_json(data)
    except (ValueError, RecursionError) as error:
        raise NotSafetensors(path) from error
    if not isinstance(value, dict):
        raise NotSafetensors(path)
    return value


def tensor_file(header: dict[str, Any], path: str) -> TensorFile:
    """Read a header's parts; raises NotSafetensors when one is not what it should be."""
    metadata = header.pop("__metadata__", None)
    pairs = metadata.items() if isinstance(metadata, dict) else ()
    tensors = [_tensor(name, told, path) for name, told in header.items()]
    return TensorFile([(str(name), str(value)) for name, value in pairs], tensors)


def _tensor(name: str, told: Any, path: str) -> Tensor:
    dtype, shape = (told.get("dtype"), told.get("shape")) if isinstance(told, dict) else (None, None)
    if not isinstance(dtype, str) or not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS:
        raise NotSafetensors(path)
    sides = all(type(length) is int and 0 <= length <= MOST_PARAMETERS for length in shape)
    if not sides or prod(shape) > MOST_PARAMETERS:
        raise NotSafetensors(path)
    return Tensor(name, dtype, tuple(shape))
