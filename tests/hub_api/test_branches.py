"""Branches, tags and the squashing of history."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import commits
from gatehouse.storage.git_operations import Put

pytestmark = pytest.mark.django_db
REPO = "/api/models/alice/weights"


@pytest.fixture
def repo():
    return make_repo(make_user("alice"), files={"a.txt": "a"})


@pytest.fixture
def call(client, repo):
    headers = auth(make_token(repo.creator, "write"))
    return lambda method, path, body=None: getattr(client, method)(
        f"{REPO}/{path}", {} if body is None else body, "application/json", headers=headers
    )


def _branches(client):
    return {ref["name"]: ref["targetCommit"] for ref in client.get(f"{REPO}/refs").json()["branches"]}


@pytest.mark.parametrize("name", ["next", "feature/x"])
def test_a_branch_begins_where_main_is(client, call, repo, name):
    assert call("post", f"branch/{name}").json() == {}
    assert _branches(client) == {"main": repo.head, name: repo.head}
    assert call("delete", f"branch/{name}").status_code == 200
    assert _branches(client) == {"main": repo.head}


def test_a_branch_can_begin_elsewhere_or_empty(client, call):
    first = client.get(f"{REPO}/commits/main").json()[-1]["id"]
    call("post", "branch/old", {"startingPoint": first})
    call("post", "branch/empty", {"emptyBranch": True})
    assert _branches(client)["old"] == first
    assert client.get(f"{REPO}/tree/empty").json() == []


def test_a_branch_is_overwritten_only_on_demand(client, call, repo):
    first = client.get(f"{REPO}/commits/main").json()[-1]["id"]
    call("post", "branch/next")
    answer = call("post", "branch/next", {"startingPoint": first})
    assert (answer.status_code, answer.json()["error"]) == (409, "Reference refs/heads/next already exists")
    call("post", "branch/next", {"startingPoint": first, "overwrite": True})
    assert _branches(client)["next"] == first


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("post", "branch/a..b", {}, 400, "Invalid reference for a branch"),
        ("post", "branch/x", {"startingPoint": "nowhere"}, 404, "Invalid rev id"),
        ("post", "branch/main", {}, 409, "already exists"),
        ("delete", "branch/main", {}, 400, "Cannot delete refs/heads/main"),
        ("delete", "branch/nowhere", {}, 404, "Invalid rev id"),
        ("post", "tag/nowhere", {"tag": "v1"}, 404, "Invalid rev id"),
        ("post", "tag/main", {"tag": "a b"}, 400, "Invalid reference for a tag"),
        ("post", "tag/main", {}, 400, "* Required * at tag"),
        ("delete", "tag/nowhere", {}, 404, "Invalid rev id"),
        ("post", "super-squash/nowhere", {}, 404, "Invalid rev id"),
    ],
)
def test_what_cannot_be_is_refused(client, call, method, path, body, status, error):
    before = client.get(f"{REPO}/refs").json()
    answer = call(method, path, body)
    assert answer.status_code == status
    assert error in answer.json()["error"]
    assert client.get(f"{REPO}/refs").json() == before


@pytest.mark.parametrize("message", [None, "First release"])
def test_a_tag_leads_to_its_commit(client, call, repo, message):
    call("post", "tag/main", {"tag": "v1", "message": message})
    assert client.get(f"{REPO}/refs").json()["tags"] == [
        {"name": "v1", "ref": "refs/tags/v1", "targetCommit": repo.head}
    ]
    assert client.get(f"{REPO}/revision/v1").json()["sha"] == repo.head
    assert call("post", "tag/main", {"tag": "v1"}).status_code == 409
    assert call("delete", "tag/v1").status_code == 200
    assert client.get(f"{REPO}/refs").json()["tags"] == []


def test_a_commit_may_be_named_by_the_beginning_of_its_sha(client, call, repo):
    first = client.get(f"{REPO}/commits/main").json()[-1]["id"]
    assert call("post", f"tag/{first[:7]}", {"tag": "v0"}).status_code == 200
    assert call("post", "branch/old", {"startingPoint": first[:10]}).status_code == 200
    assert client.get(f"{REPO}/revision/v0").json()["sha"] == _branches(client)["old"] == first
    assert call("post", "tag/0123456", {"tag": "v1"}).status_code == 404


def test_a_squashed_branch_has_one_commit_of_the_same_files(client, call, repo):
    commits.commit(repo, "main", [Put("b.txt", b"b")], user=repo.creator, message="more")
    files = client.get(f"{REPO}/tree/main").json()
    told = call("post", "super-squash/main", {"message": "All in one"}).json()
    history = client.get(f"{REPO}/commits/main").json()
    assert [(commit["id"], commit["title"]) for commit in history] == [(told["commitId"], "All in one")]
    assert client.get(f"{REPO}/tree/main").json() == files
    assert client.get(REPO).json()["sha"] == told["commitId"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "branch/x"),
        ("delete", "branch/x"),
        ("post", "tag/main"),
        ("delete", "tag/x"),
        ("post", "super-squash/main"),
    ],
)
def test_only_who_may_write_moves_references(client, repo, method, path):
    for token, status in ((None, 401), (make_token(repo.creator), 403), (make_token(make_user("carol"), "write"), 403)):
        headers = auth(token) if token else None
        body = {"tag": "v1"}
        answer = getattr(client, method)(f"{REPO}/{path}", body, "application/json", headers=headers)
        assert answer.status_code == status
