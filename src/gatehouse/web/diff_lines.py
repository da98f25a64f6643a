"""Patches as pages show them: line by line, with numbers, and with what changed within a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext

MOST_LINES = 3_000
LONGEST_LINE = 1_000
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True)
class Line:
    """One line of a diff: its numbers before and after, its sign, its text; `changed` and `after` follow `text`."""

    old: int | None
    new: int | None
    sign: str
    text: str
    changed: str = ""
    after: str = ""


def read_patch(patch: str | None, *, most: int = MOST_LINES) -> list[Line]:
    """Read a patch's hunks; its head says nothing that a page does not."""
    return list(_marked(_lines(patch or "", most)))


def _lines(patch: str, most: int) -> Iterator[Line]:
    old = new = 0
    inside = False
    for number, text in enumerate(patch.split("\n")):
        if number > most:
            yield Line(None, None, "@", gettext("The rest of this file's changes is not shown."))
            return
        if hunk := _HUNK.match(text):
            inside, old, new = True, int(hunk[1]), int(hunk[2])
            yield Line(None, None, "@", text)
        elif inside and text[:1] in {"+", "-", " "}:
            sign = text[0]
            yield Line(
                old if sign != "+" else None, new if sign != "-" else None, sign, _shortened(text[1:].rstrip("\r"))
            )
            old, new = old + (sign != "+"), new + (sign != "-")


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…"


def _marked(lines: Iterator[Line]) -> Iterator[Line]:
    """Mark what changed where as many lines were added as were removed before them."""
    removed: list[Line] = []
    added: list[Line] = []
    for line in lines:
        if line.sign == "-" and not added:
            removed.append(line)
        elif line.sign == "+":
            added.append(line)
        else:
            yield from _pairs(removed, added)
            removed, added = ([line], []) if line.sign == "-" else ([], [])
            if line.sign != "-":
                yield line
    yield from _pairs(removed, added)


def _pairs(removed: list[Line], added: list[Line]) -> Iterator[Line]:
    if len(removed) == len(added):
        pairs = [_compared(before, after) for before, after in zip(removed, added, strict=True)]
        removed, added = [before for before, _ in pairs], [after for _, after in pairs]
    yield from removed
    yield from added


def _compared(before: Line, after: Line) -> tuple[Line, Line]:
    """Split two lines into what they share at either end and what differs; too little in common is not marked."""
    start = _shared(before.text, after.text)
    end = _shared(before.text[start:][::-1], after.text[start:][::-1])
    if 2 * (start + end) < min(len(before.text), len(after.text)):
        return before, after
    return _split(before, start, end), _split(after, start, end)


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _split(line: Line, start: int, end: int) -> Line:
    stop = len(line.text) - end
    return replace(line, text=line.text[:start], changed=line.text[start:stop], after=line.text[stop:])
