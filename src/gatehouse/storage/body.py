"""The one reader of request bodies: declared lengths, chunked bodies, limits and gzip."""

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from gatehouse.storage.errors import BodyTooLong, BodyTooShort, Refusal

BLOCK = 1024 * 1024
SLACK = 64 * 1024  # bytes by which gzip may make a body longer


def read_blocks(
    environ: Mapping[str, Any], *, limit: int | None, block: int = BLOCK, gunzip: bool = False
) -> Iterator[bytes]:
    """Yield the body of a WSGI request in blocks of at most `block` bytes.

    `limit` counts the bytes handed out, after decompression. With `gunzip` a `Content-Encoding: gzip`
    body is unpacked as it arrives; without it an encoded body is refused with 415. A chunked body that was
    torn looks to us as if it had ended: its reader must know the end by a hash or by the body's own form.
    """
    encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    length = _declared_length(environ)
    if encoding in {"", "identity"}:
        if limit is not None and length is not None and length > limit:
            raise _too_long(limit)
        return _limited(_raw_blocks(environ, length, block), limit)
    if gunzip and encoding in {"gzip", "x-gzip"}:
        # A hostile gzip header can go on for ever without unpacking to anything: count the packed bytes too.
        packed = _limited(_raw_blocks(environ, length, block), None if limit is None else limit + SLACK)
        return _limited(_gunzipped(packed, block), limit)
    raise Refusal(f"Content-Encoding {encoding!r} is not supported here.", status=415)


def read_all(environ: Mapping[str, Any], limit: int, *, gunzip: bool = False) -> bytes:
    """Return the whole body, at most `limit` bytes of it."""
    return b"".join(read_blocks(environ, limit=limit, gunzip=gunzip))


def read_object(environ: Mapping[str, Any], limit: int, wrong: type[Refusal] = Refusal) -> dict[str, object]:
    """Return the JSON object that the body is; raises `wrong` when it is none."""
    try:
        data = json.loads(read_all(environ, limit))
    except (ValueError, RecursionError) as error:
        raise wrong("The body is not valid JSON.") from error
    if not isinstance(data, dict):
        raise wrong("The body must be a JSON object.")
    return data


def _declared_length(environ: Mapping[str, Any]) -> int | None:
    text = environ.get("CONTENT_LENGTH") or ""
    if not text:
        return None if environ.get("wsgi.input_terminated") else 0
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004
        raise Refusal("Content-Length must be a number of bytes.")
    return int(text)


def _raw_blocks(environ: Mapping[str, Any], length: int | None, block: int) -> Iterator[bytes]:
    stream: BinaryIO = environ["wsgi.input"]
    missing = length
    while missing is None or missing > 0:
        data = _read(stream, block if missing is None else min(block, missing))
        if not data:
            break
        if missing is not None:
            missing -= len(data)
        yield data
    if missing:
        raise BodyTooShort(f"The request body ended {missing} bytes before its declared length.")


def _read(stream: BinaryIO, size: int) -> bytes:
    try:
        return stream.read(size)
    except OSError as error:  # the sender hung up in the middle
        raise BodyTooShort from error


def _gunzipped(blocks: Iterator[bytes], block: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    for packed in blocks:
        data = packed
        while data and not unpacker.eof:
            if unpacked := _unpack(unpacker, data, block):
                yield unpacked
            data = unpacker.unconsumed_tail
        if data or unpacker.unused_data:
            raise Refusal("The request body goes on after its gzip data.")
    if not unpacker.eof:
        raise BodyTooShort("The gzip request body ended too early.")


def _unpack(unpacker: "zlib._Decompress", data: bytes, block: int) -> bytes:
    try:
        return unpacker.decompress(data, block)
    except zlib.error as error:
        raise Refusal("The request body is not valid gzip.") from error


def _limited(blocks: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    total = 0
    for data in blocks:
        total += len(data)
        if limit is not None and total > limit:
            raise _too_long(limit)
        yield data


def _too_long(limit: int) -> BodyTooLong:
    return BodyTooLong(f"The request body is larger than {limit} bytes.")
