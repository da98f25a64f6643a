"""Forms as authors write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.access.form import CONSENT, Field, Option, parse_form
from gatehouse.repos.front_matter import parse

pytestmark = pytest.mark.once


def read(fields: str) -> tuple[list[Field], list[str]]:
    """The fields under `extra_gated_fields` and the sentences for their author."""
    card = parse(f"---\nextra_gated_fields:\n{fields}\n---\n")
    assert card.problem is None
    form = parse_form(card.data)
    return form.fields, form.problems


def shape(fields: list[Field]) -> list[tuple[str, str]]:
    return [(field.name, field.type) for field in fields]


def test_it_has_the_hubs_default_texts() -> None:
    form = parse_form({})
    assert form.heading == "You need to agree to share your contact information to access this model"
    assert form.description == (
        "This repository is publicly accessible, but you have to accept the conditions to access its files and content."
    )
    assert CONSENT == (
        "By agreeing you accept to share your contact information (email and username) with the repository authors."
    )
    assert (form.prompt, form.button_content, form.fields, form.problems) == ("", "Agree and access repository", [], [])


def test_its_default_texts_know_kind_and_mode() -> None:
    form = parse_form({}, kind="dataset", mode="manual")
    assert form.heading.endswith("access this dataset")
    assert form.button_content == "Agree and send request to access repo"


def test_it_takes_the_authors_texts() -> None:
    texts = {"heading": " Hello\n", "description": "*We* answer", "prompt": "# Terms\n", "button_content": "Sign\nhere"}
    form = parse_form({f"extra_gated_{key}": value for key, value in texts.items()})
    assert (form.heading, form.description, form.prompt, form.button_content) == (
        "Hello", "*We* answer", "# Terms", "Sign here",
    )  # fmt: skip


def test_it_shows_terms_of_the_wrong_type_all_the_same() -> None:
    form = parse_form({"extra_gated_prompt": {"description": "Be kind.", "links": ["https://a.example", 3]}})
    assert form.prompt == "Be kind.\n\nhttps://a.example\n\n3"
    assert form.problems == ["extra_gated_prompt must be a text."]


def test_it_cuts_texts_that_are_too_long() -> None:
    form = parse_form({"extra_gated_prompt": "x" * 100_001, "extra_gated_button_content": "y" * 201})
    assert (form.prompt, form.button_content) == ("x" * 100_000 + " […]", "y" * 200 + " […]")
    assert form.problems[0] == "extra_gated_prompt is longer than 100,000 characters and was cut."


def test_it_reads_every_type_in_the_authors_order() -> None:
    fields, problems = read(
        "  Zebra: text\n  Born: date_picker\n  Land: country\n  geo: ip_location\n  I agree: checkbox\n"
        "  Use:\n    type: select\n    options: [Research, {label: Other things, value: other}]"
    )
    assert shape(fields) == [
        ("Zebra", "text"), ("Born", "date_picker"), ("Land", "country"), ("geo", "ip_location"),
        ("I agree", "checkbox"), ("Use", "select"),
    ]  # fmt: skip
    assert fields[-1].options == [Option("Research", "Research"), Option("Other things", "other")]
    assert problems == []


def test_it_reads_a_list_of_maps() -> None:
    fields, problems = read("- Name: text\n- Land: country\n  City: text\n- Use: {type: select, options: [a]}")
    assert shape(fields) == [("Name", "text"), ("Land", "country"), ("City", "text"), ("Use", "select")]
    assert problems == []


def test_it_reads_a_list_of_named_objects() -> None:
    fields, _ = read("- {name: Name, type: text}\n- {label: Use, type: select, options: [a, b]}")
    assert shape(fields) == [("Name", "text"), ("Use", "select")]


def test_it_reads_a_list_of_labels_as_texts() -> None:
    fields, problems = read("- Name\n- Company")
    assert shape(fields) == [("Name", "text"), ("Company", "text")]
    assert problems[0] == '"Name" has no type; it is asked as text.'


def test_it_takes_a_description_as_help() -> None:
    fields, problems = read("  Company: {type: text, description: As registered}")
    assert (fields[0].help, problems) == ("As registered", [])


@pytest.mark.parametrize("written", ["email", "date", "[a: b]", "3", "true"])
def test_it_asks_an_unknown_type_as_text(written: str) -> None:
    fields, problems = read(f"  Contact: {{type: {written}}}")
    assert shape(fields) == [("Contact", "text")]
    assert "unknown type" in problems[0]
    assert "date_picker" in problems[0]


@pytest.mark.parametrize("written", ["Text", "CHECKBOX", "Date-Picker", "date picker"])
def test_it_forgives_the_spelling_of_a_type(written: str) -> None:
    assert read(f"  Field: {written}")[1] == []


@pytest.mark.parametrize("spec", ["", "{}", "{description: x}", "null"])
def test_it_asks_a_field_without_type_as_text(spec: str) -> None:
    fields, problems = read(f"  Company: {spec}")
    assert shape(fields) == [("Company", "text")]
    assert problems == ['"Company" has no type; it is asked as text.']


@pytest.mark.parametrize("options", ["", "options: []", "options: 3", "options: [null, {}, '']"])
def test_it_asks_a_select_without_options_as_text(options: str) -> None:
    fields, problems = read(f"  Use: {{type: select, {options}}}\n  Job: select")
    assert shape(fields) == [("Use", "text"), ("Job", "text")]
    assert '"Use" is a select without options; it is asked as text.' in problems


def test_it_reads_odd_options() -> None:
    fields, problems = read(
        "  Use:\n    options:\n    - Yes\n    - No\n    - 2024\n    - true\n    - Industry: for profit\n    - {value: v}\n    - {label: L}"
    )
    assert [(option.label, option.value) for option in fields[0].options] == [
        ("Yes", "Yes"), ("No", "No"), ("2024", "2024"), ("true", "true"),
        ("Industry: for profit", "Industry: for profit"), ("v", "v"), ("L", "L"),
    ]  # fmt: skip
    assert problems == []


def test_it_reads_options_written_as_a_map_or_right_under_the_label() -> None:
    assert read("  Use: {type: select, options: {r: Research}}")[0][0].options == [Option("Research", "r")]
    fields, problems = read("  Use: [Research, Teaching]")
    assert [option.value for option in fields[0].options] == ["Research", "Teaching"]
    assert "read as the options of a select" in problems[0]


def test_it_offers_no_option_twice() -> None:
    fields, problems = read("  Use: {type: select, options: [a, a, b]}")
    assert [option.value for option in fields[0].options] == ["a", "b"]
    assert "given twice" in problems[0]


def test_it_finds_a_field_that_is_indented_into_another() -> None:
    fields, problems = read("  Use:\n    type: select\n    options:\n    - a\n    geo: ip_location\n  Name: text")
    assert shape(fields) == [("Use", "select"), ("geo", "ip_location"), ("Name", "text")]
    assert "should not be indented" in problems[0]


def test_it_finds_fields_below_a_headline() -> None:
    fields, problems = read("  About you:\n    Name: text\n    Land: country")
    assert shape(fields) == [("Name", "text"), ("Land", "country")]
    assert "holds other fields" in problems[0]


def test_it_finds_a_field_that_is_not_indented_at_all() -> None:
    fields, problems = read("  Name: text\ngeo: ip_location")
    assert shape(fields) == [("Name", "text"), ("geo", "ip_location")]
    assert "stands beside extra_gated_fields" in problems[0]


def test_it_finds_a_whole_form_that_is_not_indented() -> None:
    fields, problems = read("Name: text\nLand: country\nI agree: checkbox")
    assert shape(fields) == [("Name", "text"), ("Land", "country"), ("I agree", "checkbox")]
    assert len(problems) == 3


@pytest.mark.parametrize("key", ["extra_gated_eu_disallowed", "extra_gated_fileds", "extra-gated-prompt"])
def test_it_tells_of_a_key_that_changes_nothing(key: str) -> None:
    assert parse_form({key: True}).problems == [f'"{key}" has no effect: the gate\'s form has no such key.']
    assert parse_form({key: False}).problems == []


@pytest.mark.parametrize("dash", ["- ", "  "])
def test_it_finds_a_type_that_is_not_indented(dash: str) -> None:
    fields, problems = read(f"{dash}Use:\n  type: select\n  options: [a, b]")
    assert shape(fields) == [("Use", "select")]
    assert "must be indented further" in problems[0]


@pytest.mark.parametrize("fields", ["  Name", "  3"])
def test_it_leaves_out_what_is_no_form(fields: str) -> None:
    assert read(fields) == ([], ["extra_gated_fields must be lines of `label: type`; it was left out."])


def test_it_keeps_labels_visible_word_for_word() -> None:
    fields, _ = read(
        "  No: checkbox\n  on: checkbox\n  'Why? \"Because\"': text\n  ? What is\n    your name?\n  : text\n  2024: text\n  名前(フルネーム): text"
    )
    assert [field.name for field in fields] == [
        "No", "on", 'Why? "Because"', "What is your name?", "2024", "名前(フルネーム)",
    ]  # fmt: skip


def test_it_keeps_long_labels_and_cuts_endless_ones() -> None:
    fields, problems = read(f"  {'規約に同意します' * 20}: checkbox\n  ? {'x' * 600}\n  : text")
    assert [len(field.name) for field in fields] == [160, 500]
    assert len(problems) == 1
    assert "longer than 500 characters" in problems[0]


def test_it_asks_nothing_twice() -> None:
    fields, problems = read("- Name: text\n- ' Name ': country")
    assert shape(fields) == [("Name", "text")]
    assert problems == ['"Name" is asked twice; the first one counts.']


@pytest.mark.parametrize("label", [" ", "\\u200b", "\\u200f \\u2060"])
def test_it_leaves_out_a_field_without_label(label: str) -> None:
    fields, problems = read(f'  "{label}": text\n  Name: text')
    assert (fields, problems) == ([Field("Name", "text")], ["A field without a label was left out."])


@pytest.mark.parametrize("name", ["csrf", "csrfmiddlewaretoken", "next"])
def test_it_leaves_out_a_field_whose_answer_could_not_arrive(name: str) -> None:
    assert read(f"  {name}: text") == ([], [f'A field cannot be called "{name}": it was left out.'])


def test_it_keeps_the_first_hundred_fields() -> None:
    fields, problems = read("\n".join(f"  Field {n}: text" for n in range(10_000)))
    assert [field.name for field in fields] == [f"Field {n}" for n in range(100)]
    assert problems == ["The form has more than 100 fields; only the first ones are asked."]


def test_it_tells_authors_that_every_field_is_required() -> None:
    assert "not required" in read("  Name: {type: text, required: false}")[1][0]


def test_it_tells_no_endless_story() -> None:
    assert len(parse_form({"extra_gated_fields": [""] * 10_000}).problems) == 50


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["text", "select", "geo", "country"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "options", "label", "value", "name", "description"]) | st.text(), inner, max_size=4
        )
    ),
    max_leaves=15,
)
PARTS = ["fields", "heading", "prompt", "description", "button_content"]


@given(st.dictionaries(st.sampled_from([f"extra_gated_{part}" for part in PARTS]) | st.text(), values))
def test_it_never_raises(data: dict[str, Any]) -> None:
    form = parse_form(data)
    names = [field.name for field in form.fields]
    assert len(set(names)) == len(names) <= 100
    assert all(name and name == name.strip() and len(name) <= 500 for name in names)
    assert all(bool(field.options) == (field.type == "select") for field in form.fields)
