"""Reads every JSON answer of the API while tests run, and reports what is not as described.

Two descriptions are held against it: the hub's own (/api/openapi.json), and the file that GATEHOUSE_OPENAPI names, in
which the protocol's makers describe it. Differences from the latter that are meant stand in differences.toml.
"""

import json
import os
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from contract.description import Description

MEANT: dict[str, str] = tomllib.loads(Path(__file__).with_name("differences.toml").read_text())["meant"]


@cache
def own() -> Description:
    from gatehouse.hub_api.api import api

    return Description(api.get_openapi_schema(path_prefix="/api/"))


@cache
def hubs() -> Description | None:
    """Give the description in the file that GATEHOUSE_OPENAPI names, if it names one."""
    path = os.environ.get("GATEHOUSE_OPENAPI") or os.environ.get("CONTRACT_OPENAPI")
    return Description(json.loads(Path(path).read_text())) if path else None


def is_meant(line: str) -> bool:
    return any(fnmatchcase(line, pattern) for pattern in MEANT)


def differences(method: str, path: str, status: int, body: Any) -> list[str]:
    """Tell what of one answer is not as described, and not meant either."""
    found = [f"own description: {line}" for line in own().differences(method, path, status, body)]
    if description := hubs():
        lines = description.differences(method, path, status, body)
        found += [f"GATEHOUSE_OPENAPI: {line}" for line in lines if not is_meant(line)]
    return found


def watch(report: Callable[[str], None]) -> None:
    """Have every answer of Django's that goes out from this process read."""
    answer = BaseHandler.get_response

    def watched(self: BaseHandler, request: HttpRequest) -> HttpResponseBase:
        method = str(request.method)
        response = answer(self, request)
        kind = response.headers.get("Content-Type", "")
        whole = isinstance(response, HttpResponse) and response.content and kind.startswith("application/json")
        if whole and request.path.startswith(("/api/", "/oauth/")):
            for line in differences(method, request.path, response.status_code, json.loads(response.content)):
                report(line)
        return response

    BaseHandler.get_response = watched  # type: ignore[method-assign]
