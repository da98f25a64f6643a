"""git-lfs pointers: the small text that stands in git for a large file."""

import re
from dataclasses import dataclass

MAX_POINTER_SIZE = 1024  # the specification: a pointer is smaller than this
_VERSION = b"version https://git-lfs.github.com/spec/v1\n"
_OID = re.compile(rb"oid sha256:([0-9a-f]{64})")
_SIZE = re.compile(rb"size (0|[1-9][0-9]{0,18})")
_KEY = re.compile(rb"([a-z0-9.-]+) [^\n]*")


@dataclass(frozen=True, slots=True)
class Pointer:
    """The large file's sha256 and size in bytes, and the size of the pointer text itself."""

    oid: str
    size: int
    pointer_size: int


def make_pointer(oid: str, size: int) -> bytes:
    return _VERSION + f"oid sha256:{oid}\nsize {size}\n".encode()


def parse_pointer(data: bytes) -> Pointer | None:
    """Return the pointer, or None when the text is anything but a valid one (git-lfs spec v1)."""
    if len(data) >= MAX_POINTER_SIZE or not data.startswith(_VERSION) or not data.endswith(b"\n"):
        return None
    lines = data[len(_VERSION) : -1].split(b"\n")
    keys = [match[1] if (match := _KEY.fullmatch(line)) else b"" for line in lines]
    if keys != sorted(set(keys)) or b"" in keys:
        return None
    found = dict(zip(keys, lines, strict=True))
    oid, size = _OID.fullmatch(found.get(b"oid", b"")), _SIZE.fullmatch(found.get(b"size", b""))
    if oid is None or size is None:
        return None
    return Pointer(oid[1].decode(), int(size[1]), len(data))
