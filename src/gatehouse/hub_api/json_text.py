"""JSON that clients send: read strictly, so that what gets through can be stored and compared."""

import json
from typing import Any

from gatehouse.storage.errors import Refusal


def read_json(data: bytes | str) -> Any:
    """Read a JSON text; raises Refusal for malformed, NaN or too deeply nested ones and for impossible characters."""
    try:
        # Given bytes, json.loads lets half a surrogate pair through.
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal("The request body is not valid JSON.") from error
    if "\\u" in text:
        _refuse_impossible(value)
    return value


def read_object(data: bytes | str) -> dict[str, Any]:
    value = read_json(data)
    if not isinstance(value, dict):
        raise Refusal("The request body must be a JSON object.")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _refuse_impossible(value: Any) -> None:
    """Half a surrogate pair is no text in any encoding, and a NUL is none in a database."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend([*each.keys(), *each.values()])
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str) and ("\0" in each or any("\ud800" <= char <= "\udfff" for char in each)):
            raise Refusal("The request body holds a character that no text can have.")
