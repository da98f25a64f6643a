"""Authors' inline HTML, passed on tag by tag and always well nested.

The sanitizer decides what is safe. This decides what is small: an HTML parser repeats unclosed formatting in every
paragraph and walks all open elements for every tag, so a small text could grow to gigabytes or take minutes.
"""

import re

_NAMES = """
    a abbr b blockquote br caption center cite code col colgroup dd del details div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp section small source span strike
    strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr
"""
TAGS = frozenset(_NAMES.split())
MAX_DEPTH = 40
MAX_RAW_TAGS = 20_000

_VOID = frozenset({"br", "col", "hr", "img", "source", "wbr"})
# What an HTML parser opens again in the next paragraph if it was not closed.
_FORMATTING = frozenset({"a", "b", "code", "em", "i", "s", "small", "strike", "strong", "tt", "u"})
_ROWS = frozenset({"td", "th", "tr"})
_CLOSED_BY = {
    "li": {"li"},
    "p": {"p"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": _ROWS,
    "tbody": _ROWS | {"thead", "tbody"},
    "tfoot": _ROWS | {"thead", "tbody"},
}
_WITH_CONTENT = frozenset({"script", "style", "template", "title", "textarea", "iframe", "noscript", "svg", "math"})
_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)
        (?P<attributes>(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+){0,20}+)
        \s*+(?P<empty>/?)>""",
    re.VERBOSE,
)


class RawHtml:
    """The author's tags of one document, remembered while they are open."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._tags_left = MAX_RAW_TAGS

    def pass_on(self, source: str) -> str:
        """The same HTML with known tags only, each closing tag fitting an open one."""
        out: list[str] = []
        position = 0
        while (start := source.find("<", position)) >= 0:
            out.append(source[position:start])
            position = self._construct(source, start, out)
        out.append(source[position:])
        return "".join(out)

    def close_formatting(self) -> str:
        """Close what must not reach into the next block."""
        first = next((n for n, name in enumerate(self._open) if name in _FORMATTING), len(self._open))
        return self._close_down_to(first)

    def close_all(self) -> str:
        return self._close_down_to(0).replace("</p>", "")  # which a parser closes itself, or else makes an empty one of

    def _construct(self, source: str, start: int, out: list[str]) -> int:
        """Handle what begins with "<" at `start`; returns where the text goes on."""
        if source.startswith("<!--", start):
            return _after("-->", source, start)
        tag = _TAG.match(source, start)
        if tag is None:
            out.append("&lt;")
            return start + 1
        name = tag["name"].lower()
        if name in _WITH_CONTENT and not tag["close"] and not tag["empty"]:
            return self._after_closing(name, source, tag.end())
        if name in TAGS and self._tags_left:
            self._tags_left -= 1
            out.append(self._closed(name) if tag["close"] else self._opened(name, tag))
        return tag.end()

    @staticmethod
    def _after_closing(name: str, source: str, start: int) -> int:
        closing = re.compile(f"</{name}[^>]*+>?", re.IGNORECASE).search(source, start)
        return closing.end() if closing else len(source)

    def _opened(self, name: str, tag: re.Match[str]) -> str:
        written = f"<{name}{tag['attributes']}>"
        if name in _VOID:
            return written
        implied = self._closed_before(name)
        if len(self._open) >= MAX_DEPTH:
            return implied
        if tag["empty"]:
            return f"{implied}{written}</{name}>"
        self._open.append(name)
        return implied + written

    def _closed_before(self, name: str) -> str:
        depth = len(self._open)
        while depth and self._open[depth - 1] in _CLOSED_BY.get(name, ()):
            depth -= 1
        return self._close_down_to(depth)

    def _closed(self, name: str) -> str:
        if name not in self._open:
            return ""
        return self._close_down_to(len(self._open) - 1 - self._open[::-1].index(name))

    def _close_down_to(self, depth: int) -> str:
        closing = "".join(f"</{name}>" for name in reversed(self._open[depth:]))
        del self._open[depth:]
        return closing


def _after(end: str, source: str, start: int) -> int:
    found = source.find(end, start)
    return len(source) if found < 0 else found + len(end)
