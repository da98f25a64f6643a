"""An OpenAPI description as a measure of what is answered."""

import re
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator

# What a part of a path may hold; revisions and paths have slashes in them.
PARTS = {
    "repo": r"(?:models|datasets|spaces)/[^/]+/[^/]+",
    "repoType": "models|datasets|spaces",
    "namespace": r"[^/]+",
    "name": r"[^/]+",
    "username": r"[^/]+",
    "status": r"[^/]+",
    "sha": r"[^/]+",
    "webhook_id": r"[^/]+",
    "webhookId": r"[^/]+",
    "action": r"[^/]+",
}
ANYTHING = r".+"


class Description:
    """Says where an answer differs from what an OpenAPI document promises for it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document.get("components", {})
        paths = sorted(document["paths"].items(), key=lambda item: (item[0].count("{"), -len(item[0])))
        self._paths = [(_pattern(path), path, operations) for path, operations in paths]
        self._validators: dict[tuple[str, str, str], Validator | None] = {}

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Find the operation of a request: its name, like `get /api/{repo}`, and what is said of it."""
        for pattern, name, operations in self._paths:
            if method.lower() in operations and pattern.fullmatch(path):
                return f"{method.lower()} {name}", operations[method.lower()]
        return None

    def differences(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Tell what is not as promised, each as `operation: place: what`; places in lists are written as `*`."""
        found = self.operation(method, path)
        if found is None:
            return []
        name, operation = found
        validator = self._validator(name, operation, str(status))
        if validator is None:
            return []
        return sorted({f"{name}: {_place(error)}: {_what(error)}" for error in validator.iter_errors(body)})

    def _validator(self, name: str, operation: dict[str, Any], status: str) -> Validator | None:
        key = (name, status, "json")
        if key not in self._validators:
            answers = {str(code): answer for code, answer in operation.get("responses", {}).items()}
            schema = answers.get(status, {}).get("content", {}).get("application/json", {}).get("schema")
            self._validators[key] = schema and Draft202012Validator({**schema, "components": self._components})
        return self._validators[key]


def _pattern(path: str) -> re.Pattern[str]:
    """Make the pattern of a path like `/api/{repo}/tree/{rev}/{path}`, whose last part may be missing."""
    parts = PARTS | {"repo": r"[^/]+"} if "{namespace}" in path else PARTS
    text = re.escape(path).replace(r"\{", "{").replace(r"\}", "}").replace("/{path}", "(?:/.*)?")
    return re.compile(re.sub(r"\{(\w+)\}", lambda found: f"(?:{parts.get(found[1], ANYTHING)})", text))


def _place(error: Any) -> str:
    return ".".join("*" if isinstance(step, int) else str(step) for step in error.absolute_path) or "(whole)"


def _what(error: Any) -> str:
    """Tell one error without the values of this answer, so that it reads the same each time."""
    if error.validator in {"anyOf", "oneOf"} and (best := best_match([error])) is not error:
        return f"{_place(best)}: {_what(best)}"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        return "more: " + ", ".join(sorted(set(error.instance) - set(known)))
    if error.validator == "required":
        return "missing: " + ", ".join(sorted(set(error.validator_value) - set(error.instance)))
    return f"{error.validator} {str(error.validator_value)[:80]}"
