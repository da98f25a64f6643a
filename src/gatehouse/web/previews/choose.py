"""Which preview a file gets: by its name, its size and, at last, its bytes."""

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from gatehouse.repos import content
from gatehouse.repos.json_files import read_json
from gatehouse.repos.large_files import is_binary
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_tree import Entry, read_blob
from gatehouse.storage.serve import MEDIA_TYPES, PICTURE_TYPES, Source
from gatehouse.web.previews import tables
from gatehouse.web.previews.notebook import LARGEST as LARGEST_NOTEBOOK
from gatehouse.web.previews.notebook import notebook
from gatehouse.web.previews.shown import Shown
from gatehouse.web.previews.weights import SUFFIXES as WEIGHTS
from gatehouse.web.previews.weights import weights
from gatehouse.web.rendered import code_html, markdown_html
from gatehouse.web.visits import Place, Visit

LARGEST_TEXT = 512 * 1024
LARGEST_PICTURE = 20 * 1024 * 1024
LINES = 2_000
CHARACTERS = 160_000
LONGEST_LINE = 2_000  # JSON with longer ones is laid out
MARKDOWN = frozenset({".md", ".markdown"})


def preview(visit: Visit, place: Place, entry: Entry, *, plain: bool, whole: bool) -> Shown:
    """Show a file as far as it can be shown; `plain` asks for its text as it is written, `whole` for all its lines."""
    suffix = PurePosixPath(place.path).suffix.lower()
    if entry.is_submodule:
        return Shown("nothing", why=_("This is commit %(oid)s of another repository.") % {"oid": entry.oid})
    if suffix in PICTURE_TYPES and entry.size <= LARGEST_PICTURE:
        return Shown("picture")
    if suffix in MEDIA_TYPES:
        return Shown("media", {"video": MEDIA_TYPES[suffix].startswith("video/")})
    try:
        rich = None if plain else _rich(visit, place, entry, suffix)
        if rich:
            return replace(rich, two_ways=entry.lfs is None and suffix not in WEIGHTS)
        return replace(_text(visit, place, entry, whole=whole), two_ways=plain)
    except Refusal as refusal:  # bytes that were never uploaded, or are not what their name says
        return Shown("nothing", why=refusal.message)


def _rich(visit: Visit, place: Place, entry: Entry, suffix: str) -> Shown | None:
    if suffix in WEIGHTS and entry.size:
        return weights(_source(visit, entry), entry, suffix)
    if suffix in tables.SUFFIXES:
        head = b"".join(_source(visit, entry).read_range(0, min(entry.size, tables.HEAD)))
        return tables.table(head, suffix, whole=entry.size <= tables.HEAD)
    if entry.lfs or entry.size > LARGEST_NOTEBOOK:
        return None
    if suffix == ".ipynb":
        return notebook(read_blob(visit.git, entry.oid), lambda text: _markdown(visit, place, text))
    if suffix in MARKDOWN and entry.size <= LARGEST_TEXT:
        return Shown("markdown", {"html": _markdown(visit, place, _decoded(read_blob(visit.git, entry.oid)))})
    if suffix == ".json" and entry.size <= LARGEST_TEXT:
        return _laid_out(_decoded(read_blob(visit.git, entry.oid)), place.path)
    return None


def _text(visit: Visit, place: Place, entry: Entry, *, whole: bool) -> Shown:
    if entry.lfs:
        return Shown("nothing", why=_("This is a large file. It is stored by git-lfs and not shown here."))
    if entry.size > LARGEST_TEXT:
        return Shown("nothing", why=_("This file is too long to be shown here."))
    data = read_blob(visit.git, entry.oid)
    if is_binary(data):
        return Shown("nothing", why=_("This file is not text."))
    return _code(_decoded(data), place.path, whole=whole)


def _code(text: str, path: str, *, whole: bool) -> Shown:
    """Show lines of text: at first as many as a page bears without being slow."""
    lines = text.split("\n")
    if whole or (len(lines) <= LINES and len(text) <= CHARACTERS):
        return Shown("code", {"lines": code_html(text, path)})
    beginning = "\n".join(lines[:LINES])[:CHARACTERS]
    more = {"lines": code_html(beginning, path), "more": len(lines) - beginning.count("\n") - 1}
    return Shown("code", more, _("Only the beginning of this file is shown."))


def _laid_out(text: str, path: str) -> Shown | None:
    """Show JSON that stands in one long line as people would write it."""
    if max(map(len, text.split("\n"))) <= LONGEST_LINE:
        return None
    try:
        written = _written(read_json(text))
    except (ValueError, RecursionError):
        return None
    if written is None:
        return None
    return Shown("code", {"lines": code_html(written, path)}, _("Laid out to be read. The file has longer lines."))


def _written(value: Any) -> str | None:
    """Lay JSON out, piece by piece: what is deep grows a thousandfold by its margins."""
    pieces, left = [], LARGEST_TEXT
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            return None
    return "".join(pieces)


def _source(visit: Visit, entry: Entry) -> Source:
    return content.source_of(visit.repo.public_id, visit.repo.pk, entry)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _markdown(visit: Visit, place: Place, text: str) -> SafeString:
    folder = str(PurePosixPath(place.path).parent).removeprefix(".")
    return markdown_html(text, repo_path=visit.repo.path, rev=place.rev, directory=folder, pictures=visit.may_read)
