"""YAML to JSON values, with hard limits and with words kept as the author wrote them.

Words follow YAML 1.2: only `true` and `false` are booleans, so `language: no` stays "no". Keys keep their visible text.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 50
MAX_ALIASES = 100

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_RESOLVED_TAGS = {None, f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"}
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_BASED_INTEGER = re.compile(r"0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database keeps these in a JSON column


class Refused(ValueError):
    """The YAML is beyond a limit or not a mapping; the message is a sentence for its author."""


def load_mapping(text: str, *, first_line: int = 1) -> tuple[dict[str, Any], str | None]:
    """Load a mapping, and say which key is given twice, if any (the last one counts).

    Line numbers in sentences start at `first_line`. Raises Refused, or yaml.YAMLError for broken syntax.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise Refused(f"The metadata is {size // 1024} KiB long; at most {MAX_BYTES // 1024} KiB are read.")
    builder = _Builder(yaml.parse(text, Loader=_Loader), first_line)
    data = builder.document()
    if data is None:
        return {}, None
    if not isinstance(data, dict):
        raise Refused("The metadata must be lines of `key: value`.")
    return data, builder.duplicate


class _Builder:
    """Builds values straight from parser events, so that every limit holds before memory is spent."""

    def __init__(self, events: Iterator[yaml.Event], first_line: int) -> None:
        self.events = events
        self.first_line = first_line
        self.duplicate: str | None = None
        self._nodes = 0
        self._chars = 0
        self._aliases = 0
        self._anchors: dict[str, tuple[Any, int, int]] = {}

    def document(self) -> Any:
        """The value of the one document, None if there is none."""
        values = [self._value(next(self.events), 0) for _ in self._documents()]
        return values[0] if values else None

    def _documents(self) -> Iterator[yaml.Event]:
        found = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                found += 1
                if found > 1:
                    raise Refused(f"The metadata holds more than one YAML document{self._at(event)}.")
                yield event

    def _value(self, event: yaml.Event, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._nodes, self._chars
        self._spend(1, 0)
        if depth > MAX_DEPTH:
            raise Refused(f"The metadata is nested more than {MAX_DEPTH} levels deep{self._at(event)}.")
        if isinstance(event, yaml.ScalarEvent):
            value: Any = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = [self._value(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)]
        else:
            value = self._mapping(event, depth + 1)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = value, self._nodes - before[0], self._chars - before[1]
        return value

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), end):
            yield event

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = self._text(event)
        plain = event.implicit[0] if event.tag is None else True
        if not plain or event.tag not in _RESOLVED_TAGS:
            return text
        return _resolve(text)

    def _text(self, event: yaml.ScalarEvent) -> str:
        self._spend(0, len(event.value))
        return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", event.value)

    def _mapping(self, start: yaml.Event, depth: int) -> dict[str, Any] | list[str]:
        data: dict[str, Any] = {}
        merged: list[Any] = []
        for key_event in self._until(yaml.MappingEndEvent):
            key = self._key(key_event, depth)
            value = self._value(next(self.events), depth)
            if _is_merge(key_event, value):
                merged += value if isinstance(value, list) else [value]
                continue
            if key in data and self.duplicate is None:
                self.duplicate = f'"{key[:100]}" is given twice{self._at(key_event)}; the last one counts.'
            data[key] = value
        for other in merged:
            for key, value in other.items():
                data.setdefault(key, value)
        return list(data) if getattr(start, "tag", None) == f"{_TAG}set" else data

    def _key(self, event: yaml.Event, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent):
            self._spend(1, 0)
            if event.anchor:
                self._anchors[event.anchor] = event.value, 1, len(event.value)
            return self._text(event)
        value = self._value(event, depth)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def _alias(self, event: yaml.AliasEvent) -> Any:
        """A copy by reference that is charged as if it were written out, so that a small text cannot grow large."""
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise Refused(f"The metadata uses more than {MAX_ALIASES} YAML aliases{self._at(event)}.")
        if event.anchor not in self._anchors:
            raise Refused(f'The YAML alias "*{event.anchor}" has no anchor before it{self._at(event)}.')
        value, nodes, chars = self._anchors[event.anchor]
        self._spend(nodes, chars)
        return value

    def _spend(self, nodes: int, chars: int) -> None:
        self._nodes += nodes
        self._chars += chars
        if self._nodes > MAX_NODES or self._chars > MAX_BYTES:
            raise Refused(f"The metadata holds too much: more than {MAX_NODES:,} values or {MAX_BYTES // 1024} KiB.")

    def _at(self, event: yaml.Event) -> str:
        return f" (line {event.start_mark.line + self.first_line})" if event.start_mark else ""


def _resolve(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED_INTEGER.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _is_merge(key: yaml.Event, value: Any) -> bool:
    if not (isinstance(key, yaml.ScalarEvent) and key.value == "<<" and key.implicit[0]):
        return False
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    )
