"""Answers as people, scripts and attackers send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.access.form import GateForm, parse_form, validate_answers

pytestmark = pytest.mark.once

FORM = parse_form(
    {
        "extra_gated_fields": {
            "Name": "text",
            "Born": "date_picker",
            "Land": "country",
            "Use": {"type": "select", "options": ["Research", {"label": "Other things", "value": "other"}]},
            "I agree": "checkbox",
            "geo": "ip_location",
        }
    }
)
GOOD: dict[str, object] = {"Name": "Ada", "Born": "1985-12-10", "Land": "GB", "Use": "Research", "I agree": "on"}
STORED = {**GOOD, "geo": "DE"}


def answer(**changes: object) -> tuple[dict[str, str], dict[str, str]]:
    return validate_answers(
        FORM, GOOD | {key.replace("_", " "): value for key, value in changes.items()}, locate=lambda: "DE"
    )


def one_field(kind: str) -> GateForm:
    return parse_form({"extra_gated_fields": {"Field": kind}})


def test_it_stores_good_answers_in_the_order_of_the_form() -> None:
    stored, errors = validate_answers(FORM, dict(reversed(GOOD.items())), locate=lambda: "DE")
    assert (list(stored.items()), errors) == (list(STORED.items()), {})


def test_it_stores_nothing_if_one_answer_is_wrong() -> None:
    stored, errors = answer(Name="")
    assert (stored, errors) == ({}, {"Name": "Please fill this in."})


def test_it_asks_for_every_field() -> None:
    assert set(validate_answers(FORM, {})[1]) == set(GOOD)


@pytest.mark.parametrize("given_", ["", "  ", None, [], "\u200b", "\u200b \u00a0", "x" * 1001, "a\nb", "a\0", "a\x1b[31m", "\ud800", "a\u202eb", {"a": 1}, [[1]], ["a", "b"]])  # fmt: skip
def test_it_refuses_a_bad_text(given_: object) -> None:
    assert set(answer(Name=given_)[1]) == {"Name"}


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        (" Ada ", "Ada"),
        ("x" * 1000, "x" * 1000),
        (["Ada"], "Ada"),
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        ("👩‍🔬 李", "👩‍🔬 李"),
    ],
)
def test_it_takes_a_good_text(given_: object, stored: str) -> None:
    assert answer(Name=given_)[0]["Name"] == stored


@pytest.mark.parametrize("given_", ["2024-02-29", "1900-01-01", "2200-12-31"])
def test_it_takes_a_date(given_: str) -> None:
    assert answer(Born=given_)[0]["Born"] == given_


@pytest.mark.parametrize("given_", ["2023-02-29", "20240101", "2024-W01-1", "1.2.2024", "1899-12-31", "2201-01-01", "٢٠٢٤-01-01", "2024-01-01T00:00", 20240101])  # fmt: skip
def test_it_refuses_what_is_no_date(given_: object) -> None:
    assert "date" in answer(Born=given_)[1]["Born"]


@pytest.mark.parametrize(("given_", "stored"), [("DE", "DE"), ("de", "DE"), (" tw ", "TW")])
def test_it_takes_a_country(given_: str, stored: str) -> None:
    assert answer(Land=given_)[0]["Land"] == stored


@pytest.mark.parametrize("given_", ["XX", "Germany", "DEU", "ß", "D", 49])
def test_it_refuses_what_is_no_country(given_: object) -> None:
    assert "ISO 3166-1" in answer(Land=given_)[1]["Land"]


@pytest.mark.parametrize(
    ("given_", "stored"), [("Research", "Research"), ("other", "other"), ("Other things", "other")]
)
def test_it_stores_the_value_of_an_option(given_: str, stored: str) -> None:
    assert answer(Use=given_)[0]["Use"] == stored


def test_it_refuses_an_option_that_is_not_offered() -> None:
    assert answer(Use="Fun")[1] == {"Use": 'Please choose one of the options of "Use".'}


@pytest.mark.parametrize("given_", ["on", True, "true", "True", 1, "1", "yes", ["on"]])
def test_it_takes_a_tick(given_: object) -> None:
    assert answer(I_agree=given_)[0]["I agree"] == "on"


@pytest.mark.parametrize("given_", ["", False, "off", "no", 0, None, 2, "maybe"])
def test_it_insists_on_a_tick(given_: object) -> None:
    assert answer(I_agree=given_)[1] == {"I agree": "Please tick this box to go on."}


def test_it_locates_by_itself_and_believes_nobody() -> None:
    assert answer(geo="FR")[0]["geo"] == "DE"
    assert validate_answers(one_field("ip_location"), {})[0] == {"Field": "unknown"}
    assert validate_answers(one_field("ip_location"), {}, locate=lambda: "")[0] == {"Field": "unknown"}


def test_it_does_not_locate_anybody_unasked() -> None:
    def locate() -> str:
        raise AssertionError

    assert validate_answers(one_field("text"), {"Field": "x"}, locate=locate)[0] == {"Field": "x"}


def test_it_refuses_unknown_answers() -> None:
    assert answer(Shoe_size="43")[1] == {"Shoe size": "The form has no such field."}
    assert validate_answers(parse_form({}), {"x": "y"}) == ({}, {"x": "The form has no such field."})
    assert len(validate_answers(parse_form({}), {f"k{n}": "" for n in range(9999)})[1]) == 50


def test_it_knows_a_label_however_its_spaces_are_sent() -> None:
    form = parse_form({"extra_gated_fields": {"I  agree\n": "checkbox", "x" * 600: "text"}})
    assert validate_answers(form, {"I  agree\n": "on", "x" * 600: "y"})[0] == {"I agree": "on", "x" * 500: "y"}


def test_it_needs_no_answers_without_fields() -> None:
    assert validate_answers(parse_form({}), {}) == ({}, {})


anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2) | st.binary()
)


@given(st.dictionaries(st.sampled_from(list(STORED)) | st.text(), anything))
def test_it_never_raises(answers: dict[str, object]) -> None:
    stored, errors = validate_answers(FORM, answers)
    assert bool(stored) != bool(errors)
    assert all("\n" not in sentence for sentence in errors.values())
