"""Markdown and code as templates may show them. The only place where text becomes markup without escaping."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from gatehouse.repos import markdown
from gatehouse.repos.card import DEFAULT_BRANCH
from gatehouse.repos.highlight import MAX_BLOCK, MAX_DOCUMENT, highlight

LANGUAGES = {
    ".py": "python", ".pyi": "python", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini",
    ".cfg": "ini", ".sh": "bash", ".c": "c", ".h": "c", ".cpp": "cpp", ".hpp": "cpp", ".cu": "cuda", ".rs": "rust",
    ".go": "go", ".java": "java", ".kt": "kotlin", ".swift": "swift", ".cs": "csharp", ".js": "javascript",
    ".mjs": "javascript", ".ts": "typescript", ".tsx": "tsx", ".jsx": "jsx", ".html": "html", ".xml": "xml",
    ".svg": "xml", ".css": "css", ".sql": "sql", ".diff": "diff", ".patch": "diff", "dockerfile": "dockerfile",
    ".r": "r", ".jl": "julia", ".rb": "ruby", ".php": "php", ".lua": "lua", "makefile": "makefile", ".cmake": "cmake",
    ".tex": "latex", ".bib": "bibtex", ".ps1": "powershell", ".ipynb": "json",
}  # fmt: skip
_CUT = re.compile(r"\n\n(?=\S)")
REMEMBERED = 128
# Longer texts are rendered anew each time: what is remembered must fit into memory whoever writes it.
LONGEST_REMEMBERED = 100_000


def markdown_html(text: str, *, repo_path: str, rev: str, pictures: bool, directory: str = "") -> SafeString:
    """Render a file of a repo at a revision; `directory` is the folder it lies in.

    Without `pictures` those that lie in the repo are left to their descriptions: the reader may not have them.
    """
    render = _remembered if len(text) <= LONGEST_REMEMBERED else _render
    image_base = f"{repo_path}/resolve/{quote(rev)}/" if pictures else ""
    return render(text, f"{repo_path}/blob/{quote(rev)}/", image_base, directory)


def _render(text: str, link_base: str, image_base: str, directory: str) -> SafeString:
    html = markdown.render(text, link_base=link_base, image_base=image_base, directory=directory)
    return mark_safe(html)  # noqa: S308 - the renderer's last step is a sanitiser


_remembered = lru_cache(maxsize=REMEMBERED)(_render)


def prompt_html(text: str, *, repo_path: str) -> SafeString:
    """Render a gate's prompt or description. Its links lead to the repo's files: who signs wants to read a licence."""
    render = _prompt if len(text) <= LONGEST_REMEMBERED else _prompt.__wrapped__
    return render(text, f"{repo_path}/blob/{DEFAULT_BRANCH}/")


@lru_cache(maxsize=REMEMBERED)
def _prompt(text: str, link_base: str) -> SafeString:
    return mark_safe(markdown.render_inline_prompt(text, link_base=link_base))  # noqa: S308 - the renderer's last step is a sanitiser


def html_part(text: str) -> SafeString:
    """Give what is harmless of a piece of HTML."""
    return mark_safe(markdown.clean_html(text))  # noqa: S308 - the sanitiser's answer


def code_block(text: str, language: str) -> SafeString:
    """Colour a short piece of code, if its language is known."""
    return mark_safe((highlight(text, language) if language else None) or escape(text))  # noqa: S308 - escaped by either


def code_html(text: str, path: str) -> list[SafeString]:
    """Colour a file's lines, if its language is known and it is not too long; each line is markup of its own."""
    name = PurePosixPath(path)
    language = LANGUAGES.get(name.suffix.lower()) or LANGUAGES.get(name.name.lower(), "")
    coloured = _coloured(text, language) if language else None
    lines = (coloured if coloured is not None else escape(text)).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [mark_safe(line) for line in lines]  # noqa: S308 - escaped here or by Pygments, which closes its tags per line


@lru_cache(maxsize=REMEMBERED)
def _coloured(text: str, language: str) -> str | None:
    """Colour piece by piece: the time that some lexers take grows with the square of a piece's length."""
    if len(text) > MAX_DOCUMENT:
        return None
    pieces = [highlight(piece, language) for piece in _pieces(text)]
    return None if None in pieces else "".join(filter(None, pieces))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where, most likely, one thing ends and another begins: before an unindented line after a blank one."""
    while len(text) > MAX_BLOCK:
        cuts = [match.end() for match in _CUT.finditer(text, 0, MAX_BLOCK)] or [text.rfind("\n", 0, MAX_BLOCK) + 1]
        yield text[: cuts[-1] or MAX_BLOCK]
        text = text[cuts[-1] or MAX_BLOCK :]
    yield text
