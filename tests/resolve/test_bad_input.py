"""Odd addresses and headers are refused with a 4xx, never with a 5xx, and never leave the repo."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatehouse.config import lean_doors
from lean import call, environ_of
from resolve.conftest import CONFIG

pytestmark = pytest.mark.django_db
BASE = "/alice/weights/resolve"
several = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


@pytest.mark.parametrize(
    "path",
    [
        "main/../../../secret.key",
        "main/..%2F..%2F..%2Fsecret.key",
        "main/%2e%2e/%2e%2e/HEAD",
        "../HEAD/config.json",
        "..%2f..%2fHEAD/x",
        "main//config.json",
        "main/config.json%0a",
        "main/c:%5cwindows",
        "main/" + "a/" * 1500 + "a",
        "-x/config.json",
        "main.lock/config.json",
        "@%7B1%7D/config.json",
        "main~1/config.json",
        "main^%7Btree%7D/config.json",
        "0000000000000000000000000000000000000000/config.json",
    ],
)
def test_an_odd_path_is_not_found(repo, token, path):
    reply = call(f"{BASE}/{path}", token=token)
    assert (reply.status, reply.code in {"EntryNotFound", "RevisionNotFound"}) == (404, True)


@pytest.mark.parametrize(
    ("path", "status"), [("main/%ff%fe", 400), ("main/a%00b", 400), ("main%00/a", 400), ("main/" + "a" * 5000, 414)]
)
def test_a_path_that_cannot_be_is_refused(repo, token, path, status):
    assert call(f"{BASE}/{path}", token=token).status == status


@pytest.mark.parametrize("repo_id", ["alice/we%00ights", "a%ffb/x", "al ice/x", "..%5c/x", "alice/" + "x" * 300, "é/é"])
def test_an_odd_repo_name_is_no_repo(repo, token, repo_id):
    assert call(f"/{repo_id}/resolve/main/config.json", token=token).status in {400, 404}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(repo, token, method):
    reply = call(f"{BASE}/main/config.json", method, token=token, body=b"x")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


@several
@given(tail=st.text(min_size=1, max_size=60))
def test_no_address_breaks_the_door(repo, token, tail):
    reply = call(f"{BASE}/{quote(tail)}", token=token)
    assert reply.status in {200, 400, 404, 414}


@several
@given(raw=st.binary(min_size=1, max_size=40))
def test_no_bytes_in_an_address_break_the_door(repo, token, raw):
    reply = call(f"{BASE}/main/{quote(raw)}", token=token)
    assert reply.status in {200, 400, 404}


@several
@given(first=st.integers(0, 40), last=st.none() | st.integers(0, 40))
def test_a_range_gives_exactly_these_bytes(repo, token, first, last):
    text = f"bytes={first}-{'' if last is None else last}"
    reply = call(f"{BASE}/main/config.json", token=token, RANGE=text)
    size = len(CONFIG)
    if last is not None and last < first:
        assert (reply.status, reply.body) == (200, CONFIG)
    elif first >= size:
        assert (reply.status, reply.headers["content-range"]) == (416, f"bytes */{size}")
    else:
        assert (reply.status, reply.body) == (206, CONFIG[first : size if last is None else last + 1])
        assert reply.headers["content-length"] == str(len(reply.body))


@several
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40))
def test_no_range_header_breaks_the_door(repo, token, text):
    assert call(f"{BASE}/main/config.json", token=token, RANGE=text).status in {200, 206, 416}


@pytest.mark.parametrize("path", ["/gpt2/resolve/main/config.json", "/datasets/squad/resolve/main/README.md"])
def test_a_bare_name_is_an_unknown_repo(token, path):
    assert (call(path).status, call(path).code) == (401, "RepoNotFound")
    assert (call(path, token=token).status, call(path, token=token).code) == (404, "RepoNotFound")
    assert call(path, token="hf_wrong").text == "Invalid credentials in Authorization header"


def test_a_page_may_lie_where_a_bare_name_would():
    environ = environ_of("/alice/resolve/tree/main", ACCEPT="text/html,*/*")
    assert lean_doors.answer(environ, lambda *_: None) is None
