"""The stylesheet and browsers of 2021: what they do not know may leave something out, and takes nothing else with it."""

import re

import pytest

from gatehouse.web.static_files import files

pytestmark = pytest.mark.once

CSS = re.sub(r"/\*.*?\*/", "", files()["gatehouse.css"].body.decode(), flags=re.DOTALL)
# What would leave a colour, a size or a whole block unset.
TOO_NEW = {
    "light-dark()": r"light-dark\(",
    "color-mix()": r"color-mix\(",
    "wide colours": r"\b(?:oklch|oklab|lab|lch|color)\(",
    "nesting": r"[{;]\s*(?:&|[.#:>]\w[^;{}]*\{)",
    "blocks of a new kind": r"@(?:layer|container|scope|starting-style|property)\b",
    "ranges in media queries": r"@media[^{]*[<>]",
    "transforms as properties": r"[{;]\s*(?:translate|rotate|scale)\s*:",
    "new units": r"\d(?:dvh|svh|lvh|dvw|cqi|cqw)\b",
}
# A browser that does not know one of these drops the whole rule, with all its selectors.
NEW_SELECTORS = (":has(", "::details-content", ":modal", ":popover-open", ":user-invalid", "::backdrop")
SELECTORS = re.compile(r"([^{};@]+)\{[^{}]*\}")


def split(selectors: str) -> list[str]:
    """Split a list of selectors at its own commas, not at those within parentheses."""
    return [each.strip() for each in re.split(r",(?![^()]*(?:\([^()]*\)[^()]*)*\))", selectors)]


def test_no_rule_needs_a_browser_of_today():
    inside_media = re.sub(r"@(?:media|keyframes|supports)[^{]*\{", "", CSS)
    found = {name: re.findall(pattern, CSS if "media" in name else inside_media) for name, pattern in TOO_NEW.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_new_selector_takes_no_other_with_it():
    lists = [split(found) for found in SELECTORS.findall(CSS)]
    assert len(lists) > 300  # the pattern finds the rules
    new = [[any(mark in each for mark in NEW_SELECTORS) for each in selectors] for selectors in lists]
    assert [selectors for selectors, marks in zip(lists, new, strict=True) if any(marks) and not all(marks)] == []


def test_each_colour_has_a_day_and_a_night():
    days, nights = (re.findall(rf"var\(--{time}, ", CSS) for time in ("day", "night"))
    assert len(days) == len(nights) > 30
