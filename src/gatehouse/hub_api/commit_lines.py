"""A commit as clients write it: a header and one operation per line, read with one line in memory (HUB-API §6.1)."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from gatehouse.hub_api.errors import InvalidInput, sentence
from gatehouse.hub_api.schemas import Sent
from gatehouse.storage.errors import BodyTooLong, Refusal

LONGEST_LINE = 24 * 1024 * 1024  # bytes: a file of 10 MB, however it is written
MOST_OPERATIONS = 100_000

Shape = TypeVar("Shape", bound=Sent)


class Header(Sent):
    """The commit's message, and the commit on which the caller thinks to build."""

    summary: Annotated[str, Field(min_length=1, max_length=10_000)]
    description: Annotated[str, Field(max_length=100_000)] | None = None
    parent_commit: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{7,40}$")] | None = None

    @property
    def message(self) -> str:
        text = f"{self.summary}\n\n{self.description}" if self.description else self.summary
        return text.encode("utf-8", "replace").decode()


class FileLine(Sent):
    """A small file with its content, or under another name with the content it has."""

    path: str
    content: str | None = None
    encoding: Literal["utf-8", "base64"] = "utf-8"
    old_path: str | None = None

    def data(self) -> bytes | None:
        """Give the content's bytes, None if the line has none; raises InvalidInput."""
        if self.content is None:
            return None
        try:
            return base64.b64decode(self.content, validate=True) if self.encoding == "base64" else self.content.encode()
        except (binascii.Error, ValueError) as error:
            raise InvalidInput(f"Invalid input: the content of {self.path!r} is not {self.encoding}") from error


class LfsLine(Sent):
    """A large file by its sha256; its bytes were uploaded before."""

    path: str
    algo: Literal["sha256"] = "sha256"
    oid: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    size: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    old_path: str | None = None


class EntryGone(Sent):
    """A file or folder to be deleted, whichever it is."""

    path: str


class FolderGone(Sent):
    """A folder to be deleted with all it holds."""

    path: str


Operation = FileLine | LfsLine | EntryGone | FolderGone
_SHAPES: dict[str, type[Operation]] = {
    "file": FileLine,
    "lfsFile": LfsLine,
    "deletedFile": EntryGone,  # as on the Hub, it takes a folder too
    "deletedFolder": FolderGone,
    "deletedEntry": EntryGone,
}
# The lists of the older form, one JSON object for all, and what each holds.
_LISTS = {
    "files": "file",
    "lfsFiles": "lfsFile",
    "deletedFiles": "deletedFile",
    "deletedFolders": "deletedFolder",
    "deletedEntries": "deletedEntry",
}
_HEADER_FIRST = "The first line of a commit, and no other, is its header."


def read_lines(blocks: Iterable[bytes]) -> tuple[Header, Iterator[Operation]]:
    """Read a commit in lines of JSON; raises Refusal, now or later, for anything that is no commit."""
    lines = _items(split_lines(blocks))
    number, key, value = next(lines, (0, "", None))
    if key != "header":
        raise Refusal(_HEADER_FIRST)
    return _valid(Header, value, number), (_operation(key, value, number) for number, key, value in lines)


def read_object(commit: dict[str, Any]) -> tuple[Header, Iterator[Operation]]:
    """Read a commit in the older form of one JSON object."""
    lists = {name: commit.get(name) or [] for name in _LISTS}
    for name, values in lists.items():
        if not isinstance(values, list):
            raise InvalidInput("Invalid input: expected array", name)
    lines = ((_LISTS[name], value) for name, values in lists.items() for value in values)
    return _valid(Header, commit, 1), (_operation(key, value, 1) for key, value in lines)


def _items(lines: Iterable[bytes]) -> Iterator[tuple[int, str, object]]:
    for number, line in enumerate(lines, start=1):
        if number > MOST_OPERATIONS + 1:
            raise BodyTooLong(f"A commit may have {MOST_OPERATIONS} operations.")
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Refusal(f"Line {number} of the commit is not valid JSON.") from error
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            raise Refusal(f'Line {number} of the commit is no object with a "key" and a "value".')
        yield number, item["key"], item.get("value")


def split_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a body that are not blank; raises BodyTooLong for one beyond LONGEST_LINE."""
    begun: list[bytes] = []
    length = 0
    for block in blocks:
        *ends, rest = block.split(b"\n")
        for end in ends:
            begun.append(end)
            yield from _not_blank(begun, length + len(end))
            begun, length = [], 0
        begun.append(rest)
        length += len(rest)
        _check_length(length)
    yield from _not_blank(begun, length)


def _not_blank(parts: list[bytes], length: int) -> Iterator[bytes]:
    _check_length(length)
    line = b"".join(parts).strip()
    if line:
        yield line


def _check_length(length: int) -> None:
    if length > LONGEST_LINE:
        raise BodyTooLong(f"A line of a commit may have {LONGEST_LINE} bytes: upload large files by LFS.")


def _operation(key: str, value: object, number: int) -> Operation:
    shape = _SHAPES.get(key)
    if shape is None:
        raise Refusal(_HEADER_FIRST if key == "header" else f"Line {number} has the unknown key {key[:50]!r}.")
    return _valid(shape, value, number)


def _valid(shape: type[Shape], value: object, number: int) -> Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Refusal(f"Line {number} of the commit: {sentence(first, first['loc'])}") from error
