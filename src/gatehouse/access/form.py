"""The gate form: what the card asks of a person, and whether an answer will do (GATING §1.6)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries.data import COUNTRIES

from gatehouse.access.form_fields import Field, Option, clean_label, one_line, quoted, read_fields
from gatehouse.access.locate import UNKNOWN
from gatehouse.repos.card_data import unknown_gate_keys

__all__ = ["CONSENT", "Field", "GateForm", "Option", "parse_form", "validate_answers"]

CONSENT = _(
    "By agreeing you accept to share your contact information (email and username) with the repository authors."
)
_HEADINGS = {
    "model": _("You need to agree to share your contact information to access this model"),
    "dataset": _("You need to agree to share your contact information to access this dataset"),
    "space": _("You need to agree to share your contact information to access this space"),
}
_DESCRIPTION = _(
    "This repository is publicly accessible, but you have to accept the conditions to access its files and content."
)
_BUTTONS = {"auto": _("Agree and access repository"), "manual": _("Agree and send request to access repo")}
_LIMITS = {
    "extra_gated_heading": 1_000,
    "extra_gated_description": 10_000,
    "extra_gated_prompt": 100_000,
    "extra_gated_button_content": 200,
}
MAX_PROBLEMS = 50
MAX_TEXT = 1_000
FIRST_YEAR, LAST_YEAR = 1900, 2200

_TICKED = {"on", "true", "1", "yes"}
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIRECTION_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would let an answer rearrange what a reviewer reads


@dataclass(frozen=True)
class GateForm:
    """What a person sees at the gate; description and prompt are Markdown, `problems` are for the authors' eyes."""

    heading: str
    description: str
    prompt: str
    button_content: str
    fields: list[Field] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class WrongAnswerError(ValueError):
    """One short sentence for the person who answers."""


def parse_form(card_data: Mapping[str, Any], *, kind: str = "model", mode: str = "auto") -> GateForm:
    """Read the gate form of a card, with the Hub's default texts for `kind` and `mode`. Never raises."""
    problems: list[str] = []
    heading, description, prompt, button = (_text(card_data, key, problems) for key in _LIMITS)
    problems += [f"{sentence}." for sentence in unknown_gate_keys(card_data)]
    return GateForm(
        heading=one_line(heading) or str(_HEADINGS[kind]),
        description=description or str(_DESCRIPTION),
        prompt=prompt,
        button_content=one_line(button) or str(_BUTTONS.get(mode, _BUTTONS["manual"])),
        fields=read_fields(card_data, problems),
        problems=problems[:MAX_PROBLEMS],
    )


def _text(card_data: Mapping[str, Any], key: str, problems: list[str]) -> str:
    value = card_data.get(key)
    if value is not None and not isinstance(value, str):
        problems.append(f"{key} must be a text.")
    text = _flat(value).strip()
    if len(text) > _LIMITS[key]:
        problems.append(f"{key} is longer than {_LIMITS[key]:,} characters and was cut.")
        text = f"{text[: _LIMITS[key]]} […]"
    return text


def _flat(value: Any) -> str:
    """Join the texts of a list or a mapping to paragraphs, so that terms are shown however they are written."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return "\n\n".join(filter(None, map(_flat, value)))
    return "" if value is None else str(value)


def validate_answers(
    form: GateForm, answers: Mapping[str, object], *, locate: Callable[[], str] | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Give the answers to store and the errors, one sentence per label; with any error nothing is to be stored.

    `locate` tells the country of the person's Internet address; it is called only if the form asks for it.
    """
    given = {clean_label(key): value for key, value in answers.items()}
    unknown = [key for key in given if key not in {each.name for each in form.fields}]
    errors = dict.fromkeys(unknown[:MAX_PROBLEMS], gettext("The form has no such field."))
    stored = {}
    for each in form.fields:
        try:
            stored[each.name] = _located(locate) if each.type == "ip_location" else _answer(each, given.get(each.name))
        except WrongAnswerError as error:
            errors[each.name] = str(error)
    return ({}, errors) if errors else (stored, {})


def _located(locate: Callable[[], str] | None) -> str:
    return (locate() if locate else "") or UNKNOWN


def _answer(asked: Field, given: object) -> str:
    text = _given_text(given)
    if asked.type == "checkbox":
        return _checkbox(text)
    if not text:
        raise WrongAnswerError(
            gettext("Please choose an option.")
            if asked.type in {"select", "country"}
            else gettext("Please fill this in.")
        )
    match asked.type:
        case "date_picker":
            return _date(text)
        case "country":
            return _country(text)
        case "select":
            return _select(asked, text)
        case _:
            return text


def _given_text(given: object) -> str:
    """One line of text from what a form or a JSON client sent; "" if there is nothing to see in it."""
    if isinstance(given, list | tuple):
        if len(given) > 1:
            raise WrongAnswerError(gettext("Please give one answer."))
        given = given[0] if given else None
    if isinstance(given, bool):
        return str(given).lower()
    if given is not None and not isinstance(given, str | int | float):
        raise WrongAnswerError(gettext("Please answer with a text."))
    text = "" if given is None else str(given).strip()
    if len(text) > MAX_TEXT:
        raise WrongAnswerError(gettext("Please use at most %d characters.") % MAX_TEXT)
    categories = {unicodedata.category(char) for char in text}
    if categories & {"Cc", "Cs", "Zl", "Zp"} or _DIRECTION_OVERRIDES.search(text):
        raise WrongAnswerError(gettext("Please use one line without control characters."))
    return "" if categories <= {"Cf", "Zs"} else text


def _checkbox(text: str) -> str:
    if text.lower() not in _TICKED:
        raise WrongAnswerError(gettext("Please tick this box to go on."))
    return "on"


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise WrongAnswerError(gettext("Please give a date as YYYY-MM-DD."))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise WrongAnswerError(
            gettext("Please give a date between %(first)d and %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return text


def _country(text: str) -> str:
    if not text.isascii() or text.upper() not in COUNTRIES:
        raise WrongAnswerError(gettext("Please choose a country: two letters as in ISO 3166-1, such as DE."))
    return text.upper()


def _select(asked: Field, text: str) -> str:
    values = {option.label: option.value for option in asked.options} | {
        option.value: option.value for option in asked.options
    }
    if text not in values:
        raise WrongAnswerError(gettext("Please choose one of the options of %s.") % quoted(asked.name))
    return values[text]
