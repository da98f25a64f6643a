"""GGUF files for tests."""

import struct


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(metadata: list[tuple[str, bytes]], tensors: list[tuple[str, tuple[int, ...], int]], version: int = 3) -> bytes:
    """Make a file's head; a value of the metadata is its type and bytes as the format writes them."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    head += b"".join(text(name) + value for name, value in metadata)
    for name, shape, kind in tensors:
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, 0)
    return head


def string(value: str) -> bytes:
    return struct.pack("<I", 8) + text(value)


def number(value: int) -> bytes:
    return struct.pack("<II", 4, value)


def strings(*values: str) -> bytes:
    return struct.pack("<IIQ", 9, 8, len(values)) + b"".join(map(text, values))
