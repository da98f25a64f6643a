"""JSON in files that anybody may have written."""

import json
import re
from typing import Any

_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(data: bytes | str) -> Any:
    """Read a JSON text; half a surrogate pair, which no page could show, becomes a question mark.

    Raises ValueError and RecursionError.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    value = json.loads(text)
    if _HALF_PAIR.search(text):
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value
