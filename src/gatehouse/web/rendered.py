"""Markdown and code as templates may show them. The only place where text becomes markup without escaping."""

from functools import lru_cache
from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe

from gatehouse.repos import markdown

REMEMBERED = 128
# Longer texts are rendered anew each time: what is remembered must fit into memory whoever writes it.
LONGEST_REMEMBERED = 100_000


def markdown_html(text: str, *, repo_path: str, rev: str, directory: str = "") -> SafeString:
    """Render a file of a repo at a revision; `directory` is the folder it lies in."""
    render = _remembered if len(text) <= LONGEST_REMEMBERED else _render
    return render(text, f"{repo_path}/blob/{quote(rev)}/", f"{repo_path}/resolve/{quote(rev)}/", directory)


def _render(text: str, link_base: str, image_base: str, directory: str) -> SafeString:
    html = markdown.render(text, link_base=link_base, image_base=image_base, directory=directory)
    return mark_safe(html)  # noqa: S308 - the renderer's last step is a sanitiser


_remembered = lru_cache(maxsize=REMEMBERED)(_render)


def prompt_html(text: str) -> SafeString:
    """Render a gate's prompt or description."""
    return mark_safe(markdown.render_inline_prompt(text))  # noqa: S308 - the renderer's last step is a sanitiser
