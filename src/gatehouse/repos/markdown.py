"""Markdown to safe HTML, within bounds of time and size."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar
from mdit_py_plugins.footnote import footnote_plugin

from gatehouse.repos import highlight, mathml, raw_html
from gatehouse.repos.card_links import ID_PREFIX, CardLinks
from gatehouse.repos.front_matter import split

MAX_CHARS = 1024 * 1024
MAX_MARKS = 60_000
MAX_MATH_LINES = 100
MAX_CELLS = 40_000
MAX_HEADING_LINKS = 2000
MAX_LINK_CHARS = 2 * MAX_CHARS
# A task's box as the sanitiser writes it; screen readers are told in a word what others see.
_TASK = '<input class="task-list-item-checkbox" disabled="" type="checkbox"'
CUT = "<p><strong>The rest of this text is too long to be shown.</strong></p>\n"

# Characters that make the parser stop and think; everything else costs next to nothing.
_MARK = re.compile(r"[\[\]!*_`<>&$~\\|\n]")
_BARE_URL = re.compile(r"(?<![\w/])https?://[^\s<>\"'`]+", re.IGNORECASE)
# Sentence marks, Western and East Asian, that end a sentence rather than an address.
_NOT_URL_END = ".,;:!?*_~'\"\u201d\u2019\u00bb\u3001\u3002\uff0c\uff0e\uff1b\uff1a\uff01\uff1f\uff09\u300d\u300f\u3011"
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")

_ATTRIBUTES = {
    "*": {"id", "align", "valign", "dir", "lang", "title"},
    "a": {"href", "name"},
    "img": {"src", "srcset", "alt", "width", "height"},
    "source": {"srcset", "media", "type"},
    "input": {"type", "checked", "disabled"},
    "details": {"open"},
    "ol": {"start"},
    "table": {"width", "border"},
    "td": {"colspan", "rowspan", "width", "height"},
    "th": {"colspan", "rowspan", "width", "height", "scope"},
    **dict.fromkeys(mathml.TAGS, mathml.ATTRIBUTES),
}
# A heading's link to itself is for pointers; the keyboard and screen readers have the heading.
_FIXED_VALUES = {"a": {"aria-hidden": {"true"}, "tabindex": {"-1"}}}
_ALERTS = {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")}
_CLASSES = {
    "span": {"math", "inline", *highlight.CLASSES},
    "div": {"math", "block", "markdown-alert", *_ALERTS},
    "p": {"markdown-alert-title"},
    "pre": {"highlight"},
    "ul": {"contains-task-list"},
    "ol": {"contains-task-list", "footnotes-list"},
    "li": {"task-list-item", "footnote-item"},
    "input": {"task-list-item-checkbox"},
    "sup": {"footnote-ref"},
    "section": {"footnotes"},
    "hr": {"footnotes-sep"},
    "a": {"footnote-backref", "heading-link"},
}


def render(text: str, *, link_base: str, image_base: str, directory: str = "") -> str:
    """Render a card or another Markdown file to safe HTML.

    The bases are paths that end in "/": `/org/name/blob/main/`, `/org/name/resolve/main/`. `directory` is the text's
    own folder in the repo. Longer texts than MAX_CHARS, or such with more than MAX_MARKS marks, are cut with a notice.
    """
    return _render(split(text).body, CardLinks(link_base, image_base, directory), headings=True)


def render_inline_prompt(text: str, *, link_base: str = "") -> str:
    """Render a gate's prompt or description to safe HTML: as a card, without the repo's pictures and heading ids."""
    return _render(text, CardLinks(link_base), headings=False)


def clean_html(html: str) -> str:
    """Give what is harmless of a piece of HTML: the same as a card may hold, and no relative addresses."""
    raw = raw_html.RawHtml()
    return _clean(raw.pass_on(html[:MAX_CHARS].replace("\0", "")) + raw.close_all(), CardLinks())


def _render(text: str, links: CardLinks, *, headings: bool) -> str:
    shown = _within_bounds(text)
    raw = raw_html.RawHtml()
    env: EnvType = {
        "raw": raw,
        "headings": headings,
        "code_left": highlight.MAX_DOCUMENT,
        "math_left": mathml.MOST,
        "cells_left": MAX_CELLS,
        "link_chars_left": MAX_LINK_CHARS,
    }
    html = _parser.render(shown, env) + raw.close_all()
    return _clean(html, links) + (CUT if len(shown) < len(text) else "")


def _within_bounds(text: str) -> str:
    text = text[:MAX_CHARS].replace("\0", "")
    excess = next(islice(_MARK.finditer(text), MAX_MARKS, None), None)
    return text[: excess.start()] if excess else text


def _clean(html: str, links: CardLinks) -> str:
    def rewrite(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return links.link(value)
        if attribute == "src":
            return links.image(value)
        if attribute == "srcset":
            return links.image_set(value)
        if attribute == "name":
            return ID_PREFIX + value
        return value

    cleaned = nh3.clean(
        html,
        tags={*raw_html.TAGS, "input", *mathml.TAGS},
        attributes=_ATTRIBUTES,
        tag_attribute_values=_FIXED_VALUES,
        attribute_filter=rewrite,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="nofollow noopener ugc",
        set_tag_attribute_values={"img": {"loading": "lazy", "referrerpolicy": "no-referrer"}},
        id_prefix=ID_PREFIX,
    )
    return cleaned.replace(_TASK + ' checked="">', f'{_TASK} checked="" aria-label="done">').replace(
        f"{_TASK}>", f'{_TASK} aria-label="to do">'
    )


class _Renderer(RendererHTML):
    """Adds to the stock renderer what needs the document's `env`, and no style attributes."""

    def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        return super().renderInline(tokens, options, env) + _raw(env).close_formatting()

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        return _raw(env).pass_on(tokens[idx].content)

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        return _raw(env).pass_on(tokens[idx].content) + _raw(env).close_formatting()

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        code, words = tokens[idx].content, tokens[idx].info.split()
        html = None
        if words and len(code) <= env["code_left"]:
            html = highlight.highlight(code, words[0])
        env["code_left"] -= len(code) if html else 0
        return f'<pre class="highlight"><code>{html or escapeHtml(code)}</code></pre>\n'

    def math_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        return f'<span class="math inline">{_formula(tokens[idx].content, env, block=False)}</span>'

    def math_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        return f'<div class="math block">{_formula(tokens[idx].content, env, block=True)}</div>\n'

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        style = str(tokens[idx].attrs.pop("style", ""))
        if style:
            tokens[idx].attrSet("align", style.removeprefix("text-align:"))
        return self.renderToken(tokens, idx, options, env)

    td_open = th_open


def _raw(env: EnvType) -> raw_html.RawHtml:
    raw: raw_html.RawHtml = env["raw"]
    return raw


def _formula(latex: str, env: EnvType, *, block: bool) -> str:
    env["math_left"] -= len(latex)
    markup = mathml.to_mathml(latex, block=block) if env["math_left"] >= 0 else None
    return markup or escapeHtml(latex)


def _heading_ids(state: StateCore) -> None:
    """Give every heading an id made of its words, as links in cards expect it; many more would outgrow their text."""
    if not state.env.get("headings"):
        return
    used: Counter[str] = Counter()
    pairs = zip(state.tokens, state.tokens[1:], strict=False)
    for heading, inline in islice((pair for pair in pairs if pair[0].type == "heading_open"), MAX_HEADING_LINKS):
        words = "".join(token.content for token in inline.children or () if token.type in {"text", "code_inline"})
        slug = _NOT_IN_SLUG.sub("", words.strip().lower()).replace(" ", "-") or "section"
        name = f"{slug}-{used[slug]}" if used[slug] else slug
        heading.attrSet("id", name)
        inline.children = [*(inline.children or []), *_link_to(name)]
        used[slug] += 1


def _link_to(name: str) -> Iterator[Token]:
    hidden = {"class": "heading-link", "aria-hidden": "true", "tabindex": "-1"}
    yield Token("link_open", "a", 1, attrs={"href": f"#{name}", **hidden})
    yield Token("link_close", "a", -1)


def _bare_urls(state: StateCore) -> None:
    """Make links of addresses that stand in the text."""
    for block in state.tokens:
        if block.type == "inline" and "://" in block.content:
            block.children = [*_linked(block.children or [])]


def _linked(tokens: list[Token]) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += _opens_link(token)
        if inside or token.type != "text":
            yield token
        else:
            yield from _split_at_urls(token)


def _opens_link(token: Token) -> int:
    if token.type == "html_inline":
        tag = token.content[:3].lower()
        return (tag in {"<a ", "<a>"} and 1) or (-1 if tag == "</a" else 0)
    return token.nesting if token.type in {"link_open", "link_close"} else 0


def _split_at_urls(token: Token) -> Iterator[Token]:
    position = 0
    for match in _BARE_URL.finditer(token.content):
        url = _trimmed(match[0])
        yield _text(token.content[position : match.start()], token.level)
        yield Token("link_open", "a", 1, attrs={"href": url}, level=token.level)
        yield _text(url, token.level + 1)
        yield Token("link_close", "a", -1, level=token.level)
        position = match.start() + len(url)
    yield _text(token.content[position:], token.level)


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it; a closing bracket stays if it was opened within."""
    while True:
        shorter = url.rstrip(_NOT_URL_END)
        if shorter.endswith(")") and shorter.count("(") < shorter.count(")"):
            shorter = shorter[:-1]
        if shorter == url:
            return url
        url = shorter


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


def _bounded_links(state: StateCore) -> None:
    """Drop addresses once there are too many: one definition of a long address can be used in thousands of links."""
    for token in (child for block in state.tokens for child in block.children or ()):
        for name in {"href", "src", "title"} & token.attrs.keys():
            state.env["link_chars_left"] -= len(str(token.attrs[name]))
            if state.env["link_chars_left"] < 0:
                del token.attrs[name]


def _bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read as many rows as there are cells left: short rows are filled up with empty cells."""
    if start + 2 > end:
        return False
    columns = 1 + state.src.count("|", state.bMarks[start + 1], state.eMarks[start + 1])
    rows = state.env["cells_left"] // columns
    matched = rows > 1 and table(state, start, min(end, start + 1 + rows), silent)
    if matched and not silent:
        state.env["cells_left"] -= columns * (state.line - start - 1)
    return matched


_math_block = math_block_dollar(allow_labels=False)


def _short_math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Look for the closing dollars nearby only; many unclosed ones would each search the rest of the text."""
    return _math_block(state, start, min(end, start + MAX_MATH_LINES), silent)


def _build_parser() -> MarkdownIt:
    options: dict[str, Any] = {"html": True, "maxNesting": 20, "tasklists": True, "alerts": True}
    parser = MarkdownIt("commonmark", options, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False)
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)
    parser.add_render_rule("math_inline", _Renderer.math_inline)
    parser.add_render_rule("math_block", _Renderer.math_block)
    parser.block.ruler.at("math_block", _short_math_block)
    parser.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.push("heading_ids", _heading_ids)
    parser.core.ruler.push("bare_urls", _bare_urls)
    parser.core.ruler.push("bounded_links", _bounded_links)
    return parser


_parser = _build_parser()
