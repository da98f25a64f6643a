"""Jupyter notebooks: their texts, code and what the code gave, without anything that runs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from gatehouse.repos.json_files import read_json
from gatehouse.web.previews.shown import Shown
from gatehouse.web.rendered import code_block, html_part

LARGEST = 8 * 1024 * 1024  # bytes of the file
CELLS = 300
OUTPUT = 10_000  # characters of one output that is text
LARGEST_PAGE = 1_000_000  # characters of all texts together, and of what Markdown became
PART = 100  # characters that a part counts for at least: a page bears only so many
PICTURES = 1_500_000  # characters of base64 of all pictures together
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*+")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LANGUAGE = re.compile(r"[a-z0-9+#-]{1,20}")


@dataclass(frozen=True)
class Cell:
    """One cell: `kind` is markdown, code or output; a picture is its address."""

    kind: str
    html: SafeString | str = ""
    number: int | None = None
    picture: str = ""
    failed: bool = False


class _Left:
    """What may still be shown."""

    def __init__(self) -> None:
        self.characters, self.pictures = LARGEST_PAGE, PICTURES

    def take(self, text: str) -> bool:
        """Count a part; give whether there was room for it."""
        self.characters -= PART + len(text)
        return self.characters >= 0


def notebook(data: bytes, markdown: Callable[[str], SafeString]) -> Shown | None:
    """Show a notebook; None if it is not one. `markdown` renders its texts, whose links lead into the repo."""
    try:
        book = read_json(data)
        language = _language(book)
        cells = book["cells"]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    if not isinstance(cells, list):
        return None
    left = _Left()
    shown = [
        part for cell in cells[:CELLS] if isinstance(cell, dict) for part in _parts(cell, language, markdown, left)
    ]
    return Shown("notebook", {"cells": shown, "cut": len(cells) > CELLS or left.characters < 0})


def _language(book: dict[str, Any]) -> str:
    name = str((book.get("metadata") or {}).get("language_info", {}).get("name", "python")).lower()
    return name if _LANGUAGE.fullmatch(name) else "python"


def _parts(cell: dict[str, Any], language: str, markdown: Callable[[str], SafeString], left: _Left) -> Iterator[Cell]:
    text = _text(cell.get("source"))
    if not left.take(text):
        return
    if cell.get("cell_type") == "markdown":
        html = markdown(text)
        if left.take(html):
            yield Cell("markdown", html)
    elif cell.get("cell_type") == "code":
        number = cell.get("execution_count")
        yield Cell("code", code_block(text, language), number=number if isinstance(number, int) else None)
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            if isinstance(output, dict) and (made := _output(output, left)):
                yield made
    elif text.strip():
        yield Cell("output", code_block(text, ""))


def _output(output: dict[str, Any], left: _Left) -> Cell | None:
    kind, data = output.get("output_type"), output.get("data")
    if kind == "stream":
        return _plain(_text(output.get("text")), left)
    if kind == "error":
        return _plain(_text(output.get("traceback"), "\n") or str(output.get("evalue", "")), left, failed=True)
    if not isinstance(data, dict):
        return None
    return _picture(data, left) or _markup(data, left) or _plain(_text(data.get("text/plain")), left)


def _plain(text: str, left: _Left, *, failed: bool = False) -> Cell | None:
    text = _COLOURS.sub("", text)
    if len(text) > OUTPUT:
        text = text[:OUTPUT] + "\n…"
    return Cell("output", code_block(text, ""), failed=failed) if text.strip() and left.take(text) else None


def _picture(data: dict[str, Any], left: _Left) -> Cell | None:
    for kind in PICTURE_TYPES:
        encoded = _text(data.get(kind)).strip()
        if encoded and _BASE64.fullmatch(encoded) and len(encoded) <= left.pictures:
            left.pictures -= len(encoded) + PART
            return Cell("output", picture=f"data:{kind};base64,{''.join(encoded.split())}")
    return None


def _markup(data: dict[str, Any], left: _Left) -> Cell | None:
    """Show HTML as far as it is harmless: tables, above all."""
    markup = _text(data.get("text/html"))
    if "<table" not in markup or not left.take(markup):
        return None
    return Cell("output-html", html_part(markup))


def _text(value: Any, joint: str = "") -> str:
    if isinstance(value, list):
        return joint.join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
