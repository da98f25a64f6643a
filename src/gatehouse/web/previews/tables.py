"""CSV, TSV and JSON Lines as tables, from the beginning of the file."""

import csv
import io
import json
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from gatehouse.repos.json_files import read_json
from gatehouse.web.previews.shown import Shown

HEAD = 256 * 1024  # bytes that are read
ROWS = 200
COLUMNS = 40
CELL = 300  # characters
PAGE_CHARS = 200_000
SEPARATORS = {".csv": ",;\t|", ".tsv": "\t"}
LINES = frozenset({".jsonl", ".ndjson"})
SUFFIXES = frozenset({*SEPARATORS, *LINES})


def table(data: bytes, suffix: str, *, whole: bool) -> Shown | None:
    """Show the rows at a file's beginning; None if they are no table. `whole` says that `data` is the whole file."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if not whole:
        text = text[: text.rfind("\n") + 1]  # the last line may be cut
    rows = _json_rows(text) if suffix in LINES else _csv_rows(text, SEPARATORS[suffix])
    if not rows or not rows[0]:
        return None
    kept = _within_bounds(rows)
    all_rows = whole and len(kept) == len(rows) <= ROWS
    wide = max(map(len, rows)) > COLUMNS
    why = "" if all_rows and not wide else _("Only the beginning of this file is shown.")
    return Shown("table", {"head": kept[0], "rows": kept[1:]}, why)


def _csv_rows(text: str, separators: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    separator = max(separators, key=first.count)
    try:
        rows = list(islice(csv.reader(io.StringIO(text), delimiter=separator), ROWS + 2))
    except csv.Error:
        return []
    return [row for row in rows if row]


def _json_rows(text: str) -> list[list[str]]:
    """Make a column of each key, in the order in which the keys are met."""
    try:
        found = [read_json(line) for line in islice(filter(str.strip, text.split("\n")), ROWS + 1)]
    except (ValueError, RecursionError):
        return []
    if not all(isinstance(each, dict) for each in found):
        return []
    names = list(dict.fromkeys(name for each in found for name in each))
    return [names, *([_cell(each.get(name)) for name in names[: COLUMNS + 1]] for each in found)] if names else []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _within_bounds(rows: list[list[str]]) -> list[list[str]]:
    """Cut long cells, wide rows and long tables; every row gets as many cells as the head."""
    width = min(COLUMNS, max(map(len, rows)))
    kept: list[list[str]] = []
    left = PAGE_CHARS
    for row in rows[: ROWS + 1]:
        cells = [cell if len(cell) <= CELL else cell[:CELL] + "…" for cell in row[:width]]
        left -= sum(map(len, cells))
        if left < 0 and kept:
            break
        kept.append(cells + [""] * (width - len(cells)))
    return kept
