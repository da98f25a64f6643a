"""The YAML head of a README: found, read within limits, and never a reason to fail."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from gatehouse.repos.yaml_values import Refused, load_mapping

_FENCE = re.compile(r"---[ \t]*")
_CONFLICT_MARKER = re.compile(r"(<{7}|>{7}|={7}|\|{7})( .*)?")
_KEY_LINE = re.compile(r"""["']?[\w./-][^#\n]{0,1000}?["']?[ \t]*:([ \t]|$)|\? """)
_METADATA_LINE = re.compile(r"[ \t#]|-([ \t]|$)|:([ \t]|$)|$")
_LINES_BEFORE = 200
_NOT_CLOSED = "The metadata is not closed by a line of three dashes; it was read up to the first line of text."
_HINTS = {
    "mapping values are not allowed": "put a value that contains a colon in quotes",
    "cannot start any token": "indent with spaces, and put values that start with a special character in quotes",
    "did not find expected key": "check the indentation and the quotes",
    "could not find expected ':'": "a key must be followed by a colon and a space",
    "did not find expected ',' or": "a bracket or brace is not closed, or a comma is missing",
    "unexpected end of stream": "a quote is not closed",
    "control characters are not allowed": "remove the control character",
}


@dataclass(frozen=True)
class FrontMatter:
    """A README taken apart; `line` is the number in the README of the first line of `yaml_text`."""

    yaml_text: str | None
    body: str
    line: int = 1
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """A README's metadata and text.

    `problem` is one sentence for the authors about broken metadata; what could be read is in `data` all the same.
    `warnings` are sentences about metadata that is odd but was read.
    """

    data: dict[str, Any]
    body: str
    problem: str | None = None
    warnings: tuple[str, ...] = ()


def parse(text: str | bytes) -> Card:
    """Read a README. Never raises: broken metadata becomes `problem`."""
    front = split(text)
    if front.yaml_text is None:
        return Card({}, front.body)
    try:
        return _load(front, front.yaml_text)
    except Refused as refused:
        return Card({}, front.body, str(refused), front.warnings)
    except yaml.YAMLError as error:
        return _before_text(front, front.yaml_text) or Card({}, front.body, _sentence(error, front), front.warnings)


def split(text: str | bytes) -> FrontMatter:
    """Part the YAML head of a README from its body. Line ends become newlines; bytes are read as UTF-8."""
    lines = _decode(text).split("\n")
    opening = _opening_fence(lines)
    if opening is None or not _starts_with_metadata(lines, opening + 1):
        return FrontMatter(None, "\n".join(lines))
    warnings = _warnings_about_start(lines[:opening])
    end = next((n for n in range(opening + 1, len(lines)) if _FENCE.fullmatch(lines[n])), None)
    body = None if end is None else end + 1
    if end is None:
        end = body = _first_line_of_text(lines, opening + 1)
        warnings += (_NOT_CLOSED,)
    return FrontMatter("\n".join(lines[opening + 1 : end]), "\n".join(lines[body:]), opening + 2, warnings)


def _decode(text: str | bytes) -> str:
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    return text.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _opening_fence(lines: list[str]) -> int | None:
    """The line of the opening dashes, looking past blank lines, comments and merge-conflict markers."""
    in_comment = False
    for number, line in enumerate(lines[:_LINES_BEFORE]):
        stripped = line.strip()
        if in_comment or stripped.startswith("<!--"):
            in_comment = "-->" not in stripped
            if not in_comment and not stripped.endswith("-->"):
                return None
        elif _FENCE.fullmatch(stripped):
            return number
        elif stripped and not stripped.startswith("#") and not _CONFLICT_MARKER.fullmatch(stripped):
            return None
    return None


def _starts_with_metadata(lines: list[str], start: int) -> bool:
    """Whether the dashes open metadata and are not a ruler above text."""
    for line in lines[start:]:
        stripped = line.strip()
        if _FENCE.fullmatch(line):
            return True
        if stripped and not stripped.startswith("#"):
            return bool(_KEY_LINE.match(stripped) or _CONFLICT_MARKER.fullmatch(stripped) or stripped[0] in "-{")
    return False


def _first_line_of_text(lines: list[str], start: int) -> int:
    """The first line that cannot be metadata; headings right before it are text too."""
    end = start
    while end < len(lines) and (_METADATA_LINE.match(lines[end]) or _KEY_LINE.match(lines[end])):
        end += 1
    while end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _warnings_about_start(before: list[str]) -> tuple[str, ...]:
    for number, line in enumerate(before, start=1):
        if _CONFLICT_MARKER.fullmatch(line.strip()):
            return (f"Line {number} is a leftover of a merge conflict.",)
        if line.strip():
            return (f"Line {number} stands before the metadata; other tools may not find the metadata.",)
    return ()


def _load(front: FrontMatter, yaml_text: str) -> Card:
    data, problem = load_mapping(yaml_text, first_line=front.line)
    return Card(data, front.body, problem, front.warnings)


def _before_text(front: FrontMatter, yaml_text: str) -> Card | None:
    """Read only up to the first line of text: without closing dashes, a ruler further down was taken for them."""
    lines = yaml_text.split("\n")
    end = _first_line_of_text(lines, 0)
    if end in {0, len(lines)} or _conflict_line(front):
        return None
    body = "\n".join([*lines[end:], "---", front.body])
    try:
        card = _load(front, "\n".join(lines[:end]))
    except (yaml.YAMLError, Refused):
        return None
    return Card(card.data, body, card.problem, (*card.warnings, _NOT_CLOSED))


def _sentence(error: yaml.YAMLError, front: FrontMatter) -> str:
    conflict = _conflict_line(front)
    if conflict:
        return f"The metadata holds an unresolved merge conflict (line {conflict})."
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is not valid YAML"
    where = f" at line {mark.line + front.line}" if mark else ""
    hint = next((f"; {hint}" for words, hint in _HINTS.items() if words in problem), "")
    return f"The metadata cannot be read{where}: {problem}{hint}."


def _conflict_line(front: FrontMatter) -> int | None:
    lines = (front.yaml_text or "").split("\n")
    found = (number for number, line in enumerate(lines, front.line) if line.startswith(("<<<<<<< ", ">>>>>>> ")))
    return next(found, None)
