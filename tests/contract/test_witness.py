"""What is not as described is noticed: in this process, and in a live server's."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from contract import witness
from contract.description import Description
from factories import make_repo, make_user
from live import LiveServer

DOCUMENT = {
    "paths": {
        "/api/models/{namespace}/{repo}/tree/{rev}/{path}": {
            "get": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Entries"}}}}
                }
            }
        }
    },
    "components": {
        "schemas": {
            "Entries": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"path": {"type": "string"}},
                    "required": ["path"],
                    "additionalProperties": False,
                },
            }
        }
    },
}
OPERATION = "get /api/models/{namespace}/{repo}/tree/{rev}/{path}"


@pytest.mark.parametrize("path", ["/api/models/a/b/tree/main", "/api/models/a/b/tree/exp/one/folder"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([{"path": "x"}], []),
        ([{"path": "x"}, {"path": 1}], [f"{OPERATION}: *.path: type string"]),
        ([{}, {"path": "x", "size": 1}], [f"{OPERATION}: *: missing: path", f"{OPERATION}: *: more: size"]),
        ({}, [f"{OPERATION}: (whole): type array"]),
    ],
)
def test_a_difference_is_told_with_its_place(path, body, told):
    assert Description(DOCUMENT).differences("GET", path, 200, body) == told


def test_what_is_not_described_is_passed_over():
    description = Description(DOCUMENT)
    assert description.differences("POST", "/api/models/a/b/tree/main", 200, {}) == []
    assert description.differences("GET", "/api/models/a/b/tree/main", 404, {"error": "gone"}) == []
    assert description.differences("GET", "/api/datasets/a/b/tree/main", 200, {}) == []


@pytest.mark.django_db
def test_every_operation_of_the_hubs_own_is_described(client):
    make_repo(make_user())
    info = client.get("/api/models/alice/weights").json()
    assert witness.own().differences("GET", "/api/models/alice/weights", 200, info) == []
    del info["id"]
    assert witness.own().differences("GET", "/api/models/alice/weights", 200, info) == [
        "get /api/{repo}: (whole): missing: id"
    ]


def test_a_live_servers_answers_are_read(own_server: Callable[..., LiveServer], tmp_path: Path) -> None:
    wanted = {"type": "object", "required": ["nonsense"]}
    answers = {"200": {"content": {"application/json": {"schema": wanted}}}}
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({"paths": {"/api/agent-harnesses": {"get": {"responses": answers}}}}))
    server = own_server(CONTRACT_OPENAPI=str(document))
    urllib.request.urlopen(f"{server.url}/api/agent-harnesses").close()
    assert server.report.read_text() == "GATEHOUSE_OPENAPI: get /api/agent-harnesses: (whole): missing: nonsense\n"
    server.report.unlink()  # the server's end would fail this test
