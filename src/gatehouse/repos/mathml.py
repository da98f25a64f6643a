"""Formulas in LaTeX as MathML, which browsers draw themselves; what cannot be read stays as it was written."""

import re
from functools import lru_cache
from html import unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element

# Of MathML what formulas are made of: nothing that links, loads, or holds HTML.
_TAGS = """
    math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle mpadded mphantom menclose merror msub msup msubsup
    munder mover munderover mmultiscripts mprescripts none mtable mtr mtd mlabeledtr
"""
_ATTRIBUTES = """
    display displaystyle mathvariant mathsize stretchy fence separator form largeop movablelimits symmetric minsize
    maxsize lspace rspace accent accentunder linethickness width height depth columnalign columnspacing columnlines
    rowspacing rowlines rowspan columnspan notation scriptlevel
"""
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
LONGEST = 2_000  # characters of one formula
MOST = 40_000  # of all formulas of one text
DEEPEST = 60
# Macros that name themselves, or each other twice, grow without end.
_MACRO = re.compile(r"\\(?:(?:re)?new(?:command|environment)|providecommand|[gex]?def|let|DeclareMath)")


@lru_cache(maxsize=2048)
def to_mathml(latex: str, *, block: bool) -> str | None:
    """Give a formula as markup, None if it is too long or no formula."""
    if len(latex) > LONGEST or _MACRO.search(latex):
        return None
    try:
        root = convert_to_element(latex.strip(), display="block" if block else "inline")
        _tidy(root)
        return tostring(root, encoding="unicode", short_empty_elements=False)
    except Exception:  # noqa: BLE001 - the library gives up in many ways, from IndexError to RecursionError
        return None


def _tidy(element: Element, depth: int = 0) -> None:
    """Leave out what is not plain MathML; the library writes characters as references, which would be escaped again."""
    if depth > DEEPEST:
        raise RecursionError
    if element.tag not in TAGS:
        element.tag = "mrow"
    for name in element.attrib.keys() - ATTRIBUTES:
        del element.attrib[name]
    element.text = unescape(element.text or "")
    for child in element:
        _tidy(child, depth + 1)
