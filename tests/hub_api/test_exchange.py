"""What surrounds every call of the API."""

import io
import json

import pytest

from factories import auth, make_repo, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/models", "/api/nothing", "/api/whoami-v2", "/api/"])
def test_every_answer_names_its_request(client, path):
    assert client.get(path, headers={"X-Request-Id": "mine-1"}).headers["X-Request-Id"] == "mine-1"
    assert client.get(path, headers={"X-Amzn-Trace-Id": "trace-1"}).headers["X-Request-Id"] == "trace-1"
    assert len(client.get(path).headers["X-Request-Id"]) == 32


def test_a_request_id_that_is_no_header_is_not_echoed(client):
    assert client.get("/api/models", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"] != "a b"


def test_error_headers_come_with_errors_only(client):
    assert not [name for name in client.get("/api/models").headers if name.startswith("X-Error")]


@pytest.mark.parametrize("path", ["nothing", "models/a/b/xet-write-token/main", "models/a/b/xet-read-token/refs/pr/1"])
def test_an_unknown_path_is_a_404_in_json(client, path):
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "EndpointNotFound")
    assert answer.json() == {"error": "This hub has no such endpoint."}


@pytest.mark.parametrize("path", ["models/a/b/discussions", "models/a/b/discussions/1/merge", "collections"])
def test_what_is_not_offered_is_said_so(client, path, caplog):
    answer = client.post(f"/api/{path}", {}, "application/json")
    assert answer.status_code == 501
    assert "not offered" in answer.json()["error"]
    assert caplog.records == []  # no trouble that an operator could mend


@pytest.mark.parametrize(
    "path", ["papers/2106.09685", "jobs/alice", "datasets/a/b/leaderboard", "spaces/zero-gpu/quota"]
)
def test_services_of_the_hubs_own_are_named(client, path):
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (501, "NotOffered")
    assert answer.json()["error"].split()[0] in {"Papers", "Jobs", "Leaderboards", "Spaces"}


def test_a_method_that_an_endpoint_does_not_take_is_refused_in_json(client):
    answer = client.post("/api/whoami-v2")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.json()["error"] == "This endpoint takes GET only."


def test_head_is_get_without_the_body(client):
    make_repo(make_user())
    get, head = client.get("/api/models/alice/weights"), client.head("/api/models/alice/weights")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(get.content)


def test_a_nul_in_the_address_is_refused(client):
    for path in ("/api/models?search=%00", "/api/models/a/b%00", "/api/users/%00/overview"):
        assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    "body",
    ["{", "[" * 100_000, '{"name": NaN}', '{"name": "\\ud800"}', '{"name": "\\u0000"}', b'{"name": "\xed\xa0\x80"}'],
)
def test_a_malformed_body_is_refused(client, body):
    headers = auth(make_token(make_user(), "write"))
    answer = client.post("/api/repos/create", body, "application/json", headers=headers)
    assert answer.status_code == 400
    assert "request body" in answer.json()["error"]


def test_a_session_without_csrf_token_changes_nothing(client):
    client.handler.enforce_csrf_checks = True
    client.force_login(make_user())
    answer = client.post("/api/repos/create", {"name": "mine"}, "application/json")
    assert (answer.status_code, answer.json()["error"][:38]) == (403, "This request carries no valid CSRF tok")


def test_a_chunked_body_is_read(client):
    headers = auth(make_token(make_user(), "write"))
    body = json.dumps({"name": "chunked"}).encode()
    environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    answer = client.generic("POST", "/api/repos/create", b"", "application/json", headers=headers, **environ)
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["buckets", "kernels"])
def test_programs_that_look_for_files_of_what_is_not_here_are_told_so(client, kind):
    answer = client.get(f"/{kind}/acme/data/resolve/main/a.txt", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (501, "NotOffered")
    assert answer.json()["error"] == f"{kind.title()} are not offered by this hub."


def test_a_paper_to_read_and_an_attachment_to_keep_are_not_offered(client):
    for answer in (client.get("/papers/2106.09685.md"), client.post("/uploads", b"x", "image/png")):
        assert (answer.status_code, answer.headers["X-Error-Code"]) == (501, "NotOffered")
