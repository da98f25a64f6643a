"""Bytes as an HTTP answer: HEAD, ranges, ETag conditions and headers that keep user bytes harmless."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import quote

BLOCK = 256 * 1024

# User bytes may be looked at, but never run as a page of this origin.
SANDBOX_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
]
_TEXT = (
    ".bat .c .cfg .cff .conf .cpp .css .csv .cu .gitattributes .gitignore .go .h .htm .html .ini .ipynb .java"
    " .jinja .js .json .jsonl .log .lua .md .mjs .ndjson .py .pyi .r .rst .rs .sh .sql .svg .tex .toml .ts .tsv"
    " .txt .xhtml .xml .yaml .yml"
)
TEXT_SUFFIXES = frozenset(_TEXT.split())
TEXT_NAMES = frozenset({"LICENSE", "NOTICE", "README", "Dockerfile", "Makefile", "Modelfile"})
# Pictures in a card must render with nosniff; none of these types can carry a script.
PICTURE_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
# Sounds and films play on a file's page; a browser asks for parts of them.
MEDIA_TYPES = {
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "video/webm",
}
_SHOWN_TYPES = PICTURE_TYPES | MEDIA_TYPES
_RANGE = re.compile(r"bytes=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.IGNORECASE)


@dataclass
class Answer:
    """What a door sends: a status, its headers and blocks of bytes; `body.close()` frees the source."""

    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes] = ()


class Source(Protocol):
    """Something whose bytes `start` (included) to `stop` (excluded) can be read in blocks."""

    def read_range(self, start: int, stop: int) -> Iterable[bytes]: ...


class BytesSource:
    """Bytes that are already in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_range(self, start: int, stop: int) -> Iterable[bytes]:
        return [self._data[start:stop]]


class FileSource:
    """A file on disk, opened when the range is read and closed with the body."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read_range(self, start: int, stop: int) -> Iterable[bytes]:
        return _FileRange(self._path, start, stop)


class _FileRange:
    _fd: int | None = None

    def __init__(self, path: Path, start: int, stop: int) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._at, self._stop = start, stop

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._fd is None or self._at >= self._stop:
            self.close()
            raise StopIteration
        data = os.pread(self._fd, min(BLOCK, self._stop - self._at), self._at)
        if not data:  # shorter than promised: a closed connection tells the client, silence would not
            self.close()
            raise OSError(f"The file ended at byte {self._at}, {self._stop} were promised")
        self._at += len(data)
        return data

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __del__(self) -> None:
        self.close()


def serve(
    environ: Mapping[str, Any],
    source: Source,
    *,
    etag: str,
    size: int,
    content_type: str,
    filename: str,
    extra_headers: Iterable[tuple[str, str]] = (),
    inline: bool = False,
) -> Answer:
    """Answer a GET or HEAD for `size` bytes; `etag` is the bare value, `environ` a WSGI environ or META."""
    headers = [
        ("ETag", f'"{etag}"'),
        ("Accept-Ranges", "bytes"),
        ("Content-Type", content_type),
        ("Content-Disposition", content_disposition(filename, inline=inline)),
        *SANDBOX_HEADERS,
        *extra_headers,
    ]
    if_match = environ.get("HTTP_IF_MATCH")
    if if_match is not None and not _lists(if_match, etag, weak=False):
        return _bare(HTTPStatus.PRECONDITION_FAILED, headers)
    if_none_match = environ.get("HTTP_IF_NONE_MATCH")
    if if_none_match is not None and _lists(if_none_match, etag, weak=True):
        return _bare(HTTPStatus.NOT_MODIFIED, headers)
    if environ.get("REQUEST_METHOD") == "HEAD":
        return Answer(HTTPStatus.OK, [*headers, ("Content-Length", str(size))])
    return _ranged(_wanted_range(environ, etag), source, size, headers)


def _ranged(
    wanted: tuple[int | None, int | None] | None, source: Source, size: int, headers: list[tuple[str, str]]
) -> Answer:
    if wanted is None:
        return Answer(HTTPStatus.OK, [*headers, ("Content-Length", str(size))], source.read_range(0, size))
    start, stop = _bounds(*wanted, size)
    if start >= stop:
        headers = [*headers, ("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]
        return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
    part = [("Content-Range", f"bytes {start}-{stop - 1}/{size}"), ("Content-Length", str(stop - start))]
    return Answer(HTTPStatus.PARTIAL_CONTENT, [*headers, *part], source.read_range(start, stop))


def _bare(status: int, headers: list[tuple[str, str]]) -> Answer:
    kept = [(name, value) for name, value in headers if name not in {"Content-Type", "Content-Disposition"}]
    if status != HTTPStatus.NOT_MODIFIED:
        kept.append(("Content-Length", "0"))
    return Answer(status, kept)


def _wanted_range(environ: Mapping[str, Any], etag: str) -> tuple[int | None, int | None] | None:
    """Return (first, last) as asked for, or None when the whole must be sent (RFC 9110, 14.2)."""
    asked = environ.get("HTTP_RANGE")
    if not asked:
        return None
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match.groups() == ("", ""):
        return None
    if_range = environ.get("HTTP_IF_RANGE")
    if if_range is not None and if_range.strip() != f'"{etag}"':
        return None
    first, last = (int(text) if text else None for text in match.groups())
    if first is not None and last is not None and last < first:
        return None
    return first, last


def _bounds(first: int | None, last: int | None, size: int) -> tuple[int, int]:
    if first is None:
        return max(0, size - (last or 0)), size
    return first, size if last is None else min(last + 1, size)


def _lists(header: str, etag: str, *, weak: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = [tag.strip() for tag in header.split(",")]
    return f'"{etag}"' in tags or (weak and f'W/"{etag}"' in tags)


@lru_cache(maxsize=4096)
def content_disposition(filename: str, *, inline: bool = False) -> str:
    """Return a header value that names the file without letting the name write headers (RFC 6266)."""
    name = PurePosixPath(filename).name or "file"
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    value = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    if plain == name:
        return value + ";"
    return f"{value}; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')};"


@lru_cache(maxsize=4096)
def content_type_for(path: str) -> str:
    """Return a type under which a browser shows user bytes but never runs them."""
    name = PurePosixPath(path)
    suffix = name.suffix.lower() or name.name.lower()
    if suffix in TEXT_SUFFIXES or name.name in TEXT_NAMES:
        return "text/plain; charset=utf-8"
    return _SHOWN_TYPES.get(suffix, "application/octet-stream")


def to_wsgi(answer: Answer, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Send an answer through WSGI; the server closes the body."""
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
    return answer.body or []  # granian takes a list, or something it can close
