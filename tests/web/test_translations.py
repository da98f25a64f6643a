"""The translations: every text in every language, with the same variables and markup, and compiled as it stands."""

import re
import shutil
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, to_locale

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "src" / "gatehouse" / "locale"
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
VARIABLE = re.compile(r"%\(\w+\)[sd]|%[sd]")
TAG = re.compile(r"</?\w+[^>]*>")

sys.path.insert(0, str(ROOT / "tools"))
import messages  # noqa: E402 - found by the line above

pytestmark = pytest.mark.once


def catalogue(language: str) -> Path:
    return LOCALE / to_locale(language) / "LC_MESSAGES" / "django.po"


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    assert [entry.msgid for entry in polib.pofile(str(catalogue(language))) if not entry.translated()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_variables_and_markup_are_those_of_the_text(language):
    for entry in polib.pofile(str(catalogue(language))).translated_entries():
        known = set(VARIABLE.findall(entry.msgid + entry.msgid_plural))
        for text in forms(entry):
            found = VARIABLE.findall(text)
            # A plural form may leave its number out: "one day", and Arabic has a word for two.
            assert set(found) == known or (entry.msgid_plural and set(found) < known), (entry.msgid, text)
            original = entry.msgid_plural or entry.msgid
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(original)), (entry.msgid, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_stands_in_the_catalogue(language):
    path = catalogue(language)
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(path), "run `make messages`"


def test_a_text_is_shown_in_its_language():
    said = set()
    for language in LANGUAGES:
        with override(language):
            said.add(_("Sign in"))
    assert len(said) == len(LANGUAGES)


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext, which finds the texts, is not installed")
def test_the_catalogues_hold_the_texts_of_today(tmp_path):
    shutil.copytree(ROOT / "src" / "gatehouse", tmp_path / "gatehouse")
    for found in messages.extract(tmp_path / "gatehouse"):
        kept = LOCALE / found.relative_to(tmp_path / "gatehouse" / "locale")
        texts = [{(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(path))} for path in (found, kept)]
        assert texts[0] == texts[1], "run `make messages`, and translate what is new"
