"""Coloured code."""

import pytest

from gatehouse.repos import highlight as module
from gatehouse.repos.highlight import highlight

pytestmark = pytest.mark.once


@pytest.mark.parametrize("language", sorted(module._LANGUAGES))
def test_it_colours_every_language_it_names(language: str) -> None:
    assert "x" in (highlight("x = 1\n", language) or "")


@pytest.mark.parametrize("written", ["python", "Python", "{python}", "{.python}"])
def test_it_forgives_how_the_language_is_written(written: str) -> None:
    assert '<span class="kn">import</span>' in (highlight("import os", written) or "")


@pytest.mark.parametrize(
    ("code", "language"), [("x", "klingon"), ("x\n" * 6000, "python"), ("x" * 501, "c"), (" " * 100, "c")]
)
def test_it_leaves_the_rest_plain(code: str, language: str) -> None:
    assert highlight(code, language) is None


def test_it_escapes() -> None:
    assert "<b>" not in (highlight("'<b>'", "python") or "")
