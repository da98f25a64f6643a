"""Reading request bodies."""

import gzip
import io
from typing import Any

import pytest

from gatehouse.storage.body import read_all, read_blocks
from gatehouse.storage.errors import BodyTooLong, BodyTooShort, Refusal

pytestmark = pytest.mark.once


def declared(data: bytes, length: int | str | None = None, **more: Any) -> dict[str, Any]:
    length = len(data) if length is None else length
    return {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(length), **more}


def chunked(data: bytes, **more: Any) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(data), "wsgi.input_terminated": True, **more}


def test_it_reads_a_declared_body_in_blocks():
    assert list(read_blocks(declared(b"abcdefg"), limit=None, block=3)) == [b"abc", b"def", b"g"]


def test_it_never_reads_past_the_declared_length():
    environ = declared(b"abcNEXT REQUEST", length=3)
    assert read_all(environ, 100) == b"abc"
    assert environ["wsgi.input"].tell() == 3


def test_it_reads_a_chunked_body_to_its_end():
    assert read_all(chunked(b"abc" * 1000), 3000) == b"abc" * 1000


def test_it_takes_a_missing_length_for_no_body_unless_the_server_ends_the_stream():
    assert read_all({"wsgi.input": io.BytesIO(b"abc")}, 100) == b""


def test_it_refuses_a_body_shorter_than_declared():
    with pytest.raises(BodyTooShort, match="ended 2 bytes before"):
        read_all(declared(b"abc", length=5), 100)


def test_it_refuses_a_body_whose_sender_hangs_up():
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(BodyTooShort):
        read_all({"wsgi.input": Broken(), "CONTENT_LENGTH": "3"}, 100)


def test_it_refuses_a_declared_length_over_the_limit_before_reading():
    environ = declared(b"abcd")
    with pytest.raises(BodyTooLong):
        read_blocks(environ, limit=3)
    assert environ["wsgi.input"].tell() == 0


def test_it_stops_a_chunked_body_at_the_limit():
    environ = chunked(b"x" * 1000)
    with pytest.raises(BodyTooLong):
        list(read_blocks(environ, limit=15, block=10))
    assert environ["wsgi.input"].tell() == 20


def test_it_takes_a_body_of_exactly_the_limit():
    assert read_all(declared(b"abc"), 3) == read_all(chunked(b"abc"), 3) == b"abc"


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "٣", "9" * 30, "+3"])
def test_it_refuses_a_length_that_is_no_number(length: str):
    with pytest.raises(Refusal, match="Content-Length") as refusal:
        read_all(declared(b"abc", length=length), 10)
    assert refusal.value.status == 400


@pytest.mark.parametrize("block", [7, 1 << 20])
def test_it_unpacks_gzip_as_it_arrives(block: int):
    data = b"want 0123456789\n" * 10_000
    environ = declared(gzip.compress(data), HTTP_CONTENT_ENCODING="gzip")
    assert b"".join(read_blocks(environ, limit=len(data), block=block, gunzip=True)) == data


def test_it_stops_a_gzip_bomb_at_the_limit_in_small_blocks():
    environ = chunked(gzip.compress(bytes(50_000_000)), HTTP_CONTENT_ENCODING="gzip")
    blocks = read_blocks(environ, limit=100_000, block=10_000, gunzip=True)
    sizes = []
    with pytest.raises(BodyTooLong):
        sizes.extend(len(block) for block in blocks)
    assert max(sizes, default=0) <= 10_000


def test_it_stops_gzip_that_never_unpacks_to_anything():
    endless_name = b"\x1f\x8b\x08\x08\0\0\0\0\0\0" + b"n" * 100_000
    with pytest.raises(BodyTooLong):
        read_all(chunked(endless_name, HTTP_CONTENT_ENCODING="gzip"), 1000, gunzip=True)


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b"abc", mtime=0) + b"more"])
def test_it_refuses_what_is_not_gzip(data: bytes):
    with pytest.raises(Refusal, match="gzip"):
        read_all(declared(data, HTTP_CONTENT_ENCODING="gzip"), 100, gunzip=True)


def test_it_refuses_gzip_that_ends_early():
    packed = gzip.compress(b"abc" * 1000)[:-5]
    with pytest.raises(BodyTooShort):
        read_all(declared(packed, HTTP_CONTENT_ENCODING="gzip"), 10_000, gunzip=True)


def test_it_refuses_an_encoding_it_was_not_asked_to_undo():
    with pytest.raises(Refusal) as refusal:
        read_all(declared(b"x", HTTP_CONTENT_ENCODING="gzip"), 100)
    assert refusal.value.status == 415
