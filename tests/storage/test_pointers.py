"""git-lfs pointers."""

import pytest

from gatehouse.storage.pointers import Pointer, make_pointer, parse_pointer

pytestmark = pytest.mark.once

OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
VERSION = b"version https://git-lfs.github.com/spec/v1\n"


def test_a_made_pointer_parses_to_itself():
    text = make_pointer(OID, 12345)
    assert parse_pointer(text) == Pointer(OID, 12345, len(text))


def test_it_takes_extension_lines_in_order():
    text = VERSION + f"ext-0-foo sha256:{OID}\noid sha256:{OID}\nsize 1\n".encode()
    assert parse_pointer(text) == Pointer(OID, 1, len(text))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        VERSION,
        VERSION + f"oid sha256:{OID}\n".encode(),
        VERSION + b"size 1\n",
        VERSION + f"size 1\noid sha256:{OID}\n".encode(),
        VERSION + f"oid sha256:{OID}\nsize 1".encode(),
        VERSION + f"oid sha256:{OID}\nsize -1\n".encode(),
        VERSION + f"oid sha256:{OID}\nsize 01\n".encode(),
        VERSION + f"oid sha256:{OID}\nsize 1\nsize 1\n".encode(),
        VERSION + f"oid sha256:{OID.upper()}\nsize 1\n".encode(),
        VERSION + f"oid md5:{OID}\nsize 1\n".encode(),
        VERSION + f"oid sha256:{OID}\r\nsize 1\r\n".encode(),
        VERSION + f"oid sha256:{OID}\nsize 1\n\n".encode(),
        VERSION + f"oid sha256:{OID}\nsize 1\nx {'y' * 1000}\n".encode(),
        b"version https://example.org/spec/v1\n" + f"oid sha256:{OID}\nsize 1\n".encode(),
    ],
)
def test_it_takes_nothing_else_for_a_pointer(text: bytes):
    assert parse_pointer(text) is None
