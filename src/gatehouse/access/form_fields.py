"""The fields of a gate form, read from whatever authors write under `extra_gated_fields`."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.repos.card_data import MAX_GATE_FIELDS

TYPES = ("text", "checkbox", "date_picker", "country", "select", "ip_location")
MAX_OPTIONS = 300
MAX_LABEL = 500
MAX_HELP = 2_000

# What the gate's form on the page, or on the Hub's, sends along with the answers: no field can have these names.
NOT_ANSWERS = frozenset({"csrf", "csrfmiddlewaretoken", "next"})

# A key with one of these values can only be a field, even where a field is not expected.
_UNMISTAKABLE = frozenset(TYPES) - {"text", "select"}
_NAME_KEYS = ("name", "label", "title")
_HELP_KEYS = ("description", "help", "placeholder")
_SPEC_KEYS = frozenset({"type", "options", "required", "default", *_NAME_KEYS, *_HELP_KEYS})


@dataclass(frozen=True)
class Option:
    label: str
    value: str


@dataclass(frozen=True)
class Field:
    """One question; `name` is its visible label and the key of the stored answer."""

    name: str
    type: str
    options: list[Option] = field(default_factory=list)
    help: str | None = None


def read_fields(card_data: Mapping[str, Any], problems: list[str]) -> list[Field]:
    """Read the fields in the card's order; sentences for the authors are added to `problems`."""
    if "extra_gated_fields" not in card_data:
        return []
    raw = card_data["extra_gated_fields"] or {}
    fields: dict[str, Field] = {}
    for label, spec in (*_pairs(raw, problems), *_beside(card_data, problems)):
        if len(fields) >= MAX_GATE_FIELDS:
            problems.append(f"The form has more than {MAX_GATE_FIELDS} fields; only the first ones are asked.")
            break
        for each in _fields(label, spec, problems):
            if each.name in fields:
                problems.append(f"{quoted(each.name)} is asked twice; the first one counts.")
            fields.setdefault(each.name, each)
    return list(fields.values())[:MAX_GATE_FIELDS]


def clean_label(text: object) -> str:
    """Turn a key into a label: as labels are shown, stored and compared; nothing is left of one that nobody sees."""
    label = one_line(text)[:MAX_LABEL].strip()
    return "" if {*map(unicodedata.category, label)} <= {"Cf", "Zs"} else label


def one_line(text: object) -> str:
    visible = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in str(text))
    return " ".join(visible.split())


def quoted(label: str) -> str:
    return f'"{label[:77]}…"' if len(label) > 80 else f'"{label}"'  # noqa: PLR2004 - fits a line


def _pairs(raw: Any, problems: list[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(raw, dict):
        yield from _indented(raw, problems).items()
    elif isinstance(raw, list):
        for item in raw:
            yield from _pairs_of_item(item, problems)
    else:
        problems.append("extra_gated_fields must be lines of `label: type`; it was left out.")


def _pairs_of_item(item: Any, problems: list[str]) -> Iterator[tuple[str, Any]]:
    if not isinstance(item, dict):
        yield str(item), None
        return
    name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str)), None)
    if name is not None and "type" in item:
        yield name, {key: value for key, value in item.items() if value is not name}
    else:
        yield from _indented(item, problems).items()


def _indented(raw: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """Move a `type` that stands beside its label (instead of under it) back under the label."""
    if raw.get("type") not in TYPES:
        return raw
    labels = list(raw)
    before = labels[labels.index("type") - 1]
    if before == "type" or raw[before] is not None:
        return raw
    problems.append(f'The lines "type" and "options" after {quoted(before)} must be indented further than it.')
    spec = {key: raw[key] for key in ("type", "options", *_HELP_KEYS) if key in raw}
    return {key: spec if key == before else value for key, value in raw.items() if key not in spec}


def _beside(card_data: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, str]]:
    types = _UNMISTAKABLE if card_data["extra_gated_fields"] else TYPES
    for key, value in card_data.items():
        if isinstance(value, str) and value in types:
            problems.append(f"{quoted(key)} stands beside extra_gated_fields and must be indented to stand in it.")
            yield key, value


def _fields(label: object, spec: Any, problems: list[str]) -> Iterator[Field]:
    """Read one entry: mostly one field, more if others are indented into it, none if it has no label."""
    name = _checked_label(label, problems)
    if not name:
        return
    if isinstance(spec, list):
        problems.append(f"{quoted(name)} is a list; it was read as the options of a select.")
        spec = {"type": "select", "options": spec}
    if not isinstance(spec, dict):
        spec = {"type": spec}
    inner = _inner(spec)
    if inner:
        problems.append(f"{quoted(name)} holds other fields; they are asked after it and should not be indented.")
    if "type" in spec or not inner:
        yield _field(name, spec, problems)
    for key, value in inner.items():
        yield from _fields(key, value, problems)


def _inner(spec: dict[str, Any]) -> dict[str, str]:
    allowed = _UNMISTAKABLE if "type" in spec else TYPES
    return {
        key: value
        for key, value in spec.items()
        if key not in _SPEC_KEYS and isinstance(value, str) and value in allowed
    }


def _checked_label(label: object, problems: list[str]) -> str:
    name = clean_label(label)
    if not name:
        problems.append("A field without a label was left out.")
    if name in NOT_ANSWERS:
        problems.append(f"A field cannot be called {quoted(name)}: it was left out.")
        return ""
    if len(one_line(label)) > MAX_LABEL:
        problems.append(f"The label {quoted(name)} is longer than {MAX_LABEL} characters and was cut.")
    return name


def _field(name: str, spec: dict[str, Any], problems: list[str]) -> Field:
    help_text = next((str(spec[key])[:MAX_HELP] for key in _HELP_KEYS if spec.get(key)), None)
    kind = "select" if spec.get("type") is None and spec.get("options") else spec.get("type")
    kind = _type(name, kind, problems)
    if spec.get("required") is False:
        problems.append(f"{quoted(name)} says that it is not required, but every field of a gate is.")
    if kind != "select":
        return Field(name, kind, help=help_text)
    options = _options(name, spec.get("options"), problems)
    if not options:
        problems.append(f"{quoted(name)} is a select without options; it is asked as text.")
        return Field(name, "text", help=help_text)
    return Field(name, kind, options, help_text)


def _type(name: str, written: Any, problems: list[str]) -> str:
    if written is None:
        problems.append(f"{quoted(name)} has no type; it is asked as text.")
        return "text"
    kind = str(written).strip().lower().replace("-", "_").replace(" ", "_")
    if kind in TYPES:
        return kind
    problems.append(
        f"{quoted(name)} has the unknown type {quoted(clean_label(written))}; it is asked as text. "
        f"Known types: {', '.join(TYPES)}."
    )
    return "text"


def _options(name: str, raw: Any, problems: list[str]) -> list[Option]:
    items = [{"label": value, "value": key} for key, value in raw.items()] if isinstance(raw, dict) else raw
    if not isinstance(items, list):
        return []
    if len(items) > MAX_OPTIONS:
        problems.append(
            f"{quoted(name)} has more than {MAX_OPTIONS} options; only the first {MAX_OPTIONS} are offered."
        )
    options: dict[str, Option] = {}
    for item in items[:MAX_OPTIONS]:
        option = _option(item)
        if option is None or option.value in options:
            problems.append(f"{quoted(name)} has an option that is empty or given twice; it was left out.")
        else:
            options[option.value] = option
    return list(options.values())


def _option(item: Any) -> Option | None:
    """A text, or a label with a value; `Industry: non-profit` is a text whose quotes were forgotten."""
    if isinstance(item, dict) and ("label" in item or "value" in item):
        value = item.get("value", item.get("label"))
        label = item.get("label", value)
    elif isinstance(item, dict):
        label = value = ", ".join(f"{key}: {_word(text)}" for key, text in item.items())
    else:
        label = value = item
    shown, stored = clean_label(_word(label)), clean_label(_word(value))
    return Option(shown or stored, stored) if stored else None


def _word(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
