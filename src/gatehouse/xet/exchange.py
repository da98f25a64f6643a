"""JSON and refusals as Xet clients read them, open to pages of other origins as /resolve is."""

import json
from http import HTTPStatus

from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import refusal_headers
from gatehouse.storage.serve import Answer

EXPOSED = (
    "X-Xet-Cas-Url, X-Xet-Access-Token, X-Xet-Token-Expiration, Content-Range, "
    "X-Error-Code, X-Error-Message, X-Request-Id"
)
OPEN_TO_PAGES = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED)]
PREFLIGHT = [
    *OPEN_TO_PAGES,
    ("Access-Control-Allow-Methods", "GET, POST, PUT"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Range, X-Request-Id, X-Xet-Session-Id"),
    ("Access-Control-Max-Age", "86400"),
]


def data_answer(data: bytes, content_type: str, status: int = HTTPStatus.OK) -> Answer:
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(data))),
        ("Cache-Control", "no-store"),
        *OPEN_TO_PAGES,
    ]
    return Answer(status, headers, [data])


def json_answer(data: object, status: int = HTTPStatus.OK) -> Answer:
    return data_answer(json.dumps(data).encode(), "application/json", status)


def refuse(refusal: Refusal) -> Answer:
    answer = json_answer({"error": refusal.message}, refusal.status)
    answer.headers += refusal_headers(refusal)
    return answer
