"""Code in cards, with a class for every kind of word."""

import functools
import re

from pygments import highlight as pygmentize
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

CLASSES = frozenset(filter(None, STANDARD_TYPES.values()))
MAX_BLOCK = 10_000
MAX_DOCUMENT = 40_000

# On these the regular expressions of some lexers take time that grows with the square of the length.
_SLOW = re.compile(r"\s{100}|[^\n]{500}")

# Only these: the lexers of Pygments number in the hundreds, and some (Java) are slow on purposely odd text.
_NAMES = """
    bash sh shell zsh console shell-session python py python3 pycon json yaml yml toml ini c cpp c++ cuda rust
    rs go golang kotlin swift csharp javascript js jsx typescript ts tsx html xml css sql diff dockerfile docker
    r julia jl ruby rb php lua makefile cmake latex tex bibtex powershell http
"""
_LANGUAGES = frozenset(_NAMES.split())


def highlight(code: str, language: str) -> str | None:
    """HTML for the code, or None if its language is unknown or it is too long to be coloured."""
    name = language.lower().strip("{}.")
    if name not in _LANGUAGES or len(code) > MAX_BLOCK or _SLOW.search(code):
        return None
    html: str = pygmentize(code, _lexer(name), _FORMATTER)
    return html


_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


@functools.cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)
