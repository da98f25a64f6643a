"""JSON as git-lfs speaks it: bodies that are read, answers and refusals that are written."""

import json
from http import HTTPStatus

from gatehouse.storage.body import read_object
from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import Environ, refusal_headers
from gatehouse.storage.serve import Answer

LARGEST_BODY = 4 * 1024 * 1024
CONTENT_TYPE = "application/vnd.git-lfs+json"
# git asks for a password only where Basic is offered; git-lfs looks at its own header first.
CHALLENGES = dict.fromkeys(("WWW-Authenticate", "LFS-Authenticate"), 'Basic realm="Gatehouse"')


class InvalidInput(Refusal):
    """The body is not what the protocol asks for."""

    status = 422


def read_json(environ: Environ) -> dict[str, object]:
    """Read a JSON object of at most LARGEST_BODY bytes; raises Refusal."""
    return read_object(environ, LARGEST_BODY, InvalidInput)


def json_answer(data: object, status: int = HTTPStatus.OK) -> Answer:
    body = json.dumps(data).encode()
    headers = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    return Answer(status, headers, [body])


def refuse(refusal: Refusal) -> Answer:
    """Word a refusal as git-lfs shows it to people."""
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        refusal.headers |= CHALLENGES
    answer = json_answer({"message": refusal.message}, refusal.status)
    answer.headers += refusal_headers(refusal)
    return answer
