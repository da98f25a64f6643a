"""Whole cards, from README to form: our own of every kind met in the wild, and a folder of real ones if you have it."""

import os
from pathlib import Path

import pytest

from gatehouse.access.form import Field, parse_form, validate_answers
from gatehouse.repos.card_data import summarize, validate
from gatehouse.repos.front_matter import parse
from gatehouse.repos.markdown import render, render_inline_prompt

pytestmark = pytest.mark.once

FOLDER = os.environ.get("GATEHOUSE_CARDS")

LAB = """---
license: cc-by-nc-4.0
extra_gated_prompt: >-
  These weights are for teaching only.

  1. Do not sell them.
  2. Ask us at https://lab.example/contact.
extra_gated_fields:
  Your name: text
  Kind of institution:
    type: select
    options:
    - School
    - University
    - label: Something else
      value: else
  I will not sell the weights, nor anything made of them: checkbox
---
# Chalk
"""
LEGAL = """---
extra_gated_heading: >-
  Give your name as it stands in your passport. You cannot
  change it later.
extra_gated_fields:
  Date of birth: date_picker
  Country: country
  geo: ip_location
  ? By pressing Send I confirm that I have read the terms, that I understood them, that I will keep to them, and that
    my answers may be kept for as long as the law asks
  : checkbox
extra_gated_button_content: Send
---
"""
ASIAN = """<<<<<<< HEAD
---
extra_gated_heading: ご利用の前に規約をお読みください
extra_gated_fields:
  お名前(Name): text
  国(Country): country
  送信すると、研究目的に限って利用し、第三者に再配布しないことに同意したものとみなされます(I agree to the terms of use): checkbox
---
* [English](README_en.md)
"""
LIST = """---
extra_gated_fields:
- Institution: text
- Purpose:
    type: select
    options: ["Research", "Other: please write to us"]
- I agree: checkbox
task_categories:
- translation
---
"""
ROBOT = """---
# written by a recorder
extra_gated_fields:
  Company:
    type: text
    description: As it is registered
  Arm:
    type: select
    options:
    - left
    - right
    geo: ip_location
  Hours:
    type: number
---
"""
UNCLOSED = """---
license: mit
extra_gated_prompt: "Be kind: share what you find."
extra_gated_fields:
  "Who are you? (\\"nobody\\" will not do)": text
  No: checkbox

# Kindness

It costs nothing.

---

More about it.
"""
PLAIN = """---
license: other
gated: true
extra_gated_description: Read the <a href="https://lab.example/privacy">privacy notice</a>.
---
"""

OURS = {
    LAB: [
        ("Your name", "text"),
        ("Kind of institution", "select"),
        ("I will not sell the weights, nor anything made of them", "checkbox"),
    ],
    LEGAL: [
        ("Date of birth", "date_picker"),
        ("Country", "country"),
        ("geo", "ip_location"),
        (
            (
                "By pressing Send I confirm that I have read the terms, that I understood them, that I will keep to them, "
                "and that my answers may be kept for as long as the law asks"
            ),
            "checkbox",
        ),
    ],
    ASIAN: [
        ("お名前(Name)", "text"),
        ("国(Country)", "country"),
        (
            "送信すると、研究目的に限って利用し、第三者に再配布しないことに同意したものとみなされます(I agree to the terms of use)",
            "checkbox",
        ),
    ],
    LIST: [("Institution", "text"), ("Purpose", "select"), ("I agree", "checkbox")],
    ROBOT: [("Company", "text"), ("Arm", "select"), ("geo", "ip_location"), ("Hours", "text")],
    UNCLOSED: [('Who are you? ("nobody" will not do)', "text"), ("No", "checkbox")],
    PLAIN: [],
}


@pytest.mark.parametrize(("text", "fields"), OURS.items())
def test_it_reads_the_form_of_our_cards(text: str, fields: list[tuple[str, str]]) -> None:
    card = parse(text)
    assert card.problem is None
    assert [(field.name, field.type) for field in parse_form(card.data).fields] == fields


def test_it_tells_authors_what_was_odd() -> None:
    assert parse(ASIAN).warnings == ("Line 1 is a leftover of a merge conflict.",)
    assert "not closed" in parse(UNCLOSED).warnings[0]
    assert len(parse_form(parse(ROBOT).data).problems) == 2
    assert parse_form(parse(LIST).data).problems == []


def test_it_shows_terms_and_notices_as_written() -> None:
    terms = render_inline_prompt(parse_form(parse(LAB).data).prompt)
    assert '<a href="https://lab.example/contact"' in terms
    assert '<a href="https://lab.example/privacy"' in render_inline_prompt(parse_form(parse(PLAIN).data).description)


def real_cards() -> list[Path]:
    return sorted(Path(FOLDER).glob("*.md")) if FOLDER else []


@pytest.mark.skipif(not FOLDER, reason="GATEHOUSE_CARDS names no folder of real cards")
def test_there_are_real_cards() -> None:
    assert real_cards()


@pytest.mark.parametrize(
    "path", [*real_cards(), *OURS], ids=lambda value: value.name if isinstance(value, Path) else None
)
def test_a_person_can_fill_in_the_form(path: Path | str) -> None:
    card = parse(path.read_bytes() if isinstance(path, Path) else path)
    form = parse_form(card.data)
    assert card.data
    assert card.problem is None
    assert ("extra_gated_fields" in card.data) == bool(form.fields)
    stored, errors = validate_answers(form, {field.name: good_answer(field) for field in form.fields})
    assert errors == {}
    assert list(stored) == [field.name for field in form.fields]
    assert set(validate_answers(form, {})[1]) == {field.name for field in form.fields if field.type != "ip_location"}


@pytest.mark.parametrize("path", real_cards(), ids=lambda path: path.name)
def test_a_real_card_is_shown_and_summed_up(path: Path) -> None:
    card = parse(path.read_bytes())
    form = parse_form(card.data)
    assert bool(render_inline_prompt(form.prompt)) == bool(form.prompt)
    assert "extra_gated" not in render(path.read_text(), link_base="/a/", image_base="/b/")
    assert summarize(card.data, [], "model", body=card.body).tags
    errors, _ = validate(card.data, "model")
    assert len(errors) <= 1


def good_answer(field: Field) -> object:
    answers: dict[str, object] = {"text": "Ada", "checkbox": True, "date_picker": "1985-12-10", "country": "gb"}
    return field.options[0].label if field.type == "select" else answers.get(field.type, "")
