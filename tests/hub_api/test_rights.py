"""Every endpoint of a repo: hidden repos stay hidden, and only who may write changes anything."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.access.models import AccessEvent
from gatehouse.hub_api.api import api
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import open_git

pytestmark = pytest.mark.django_db
COMMIT = '{"key":"header","value":{"summary":"x"}}\n{"key":"file","value":{"path":"x","content":"x"}}'
# What each endpoint of a repo is asked here, by method and path: the rest of the path, and a body that would do.
CALLS = {
    ("get", ""): ("", None),
    ("get", "revision/{revision}"): ("revision/main", None),
    ("get", "tree/{tail}"): ("tree/main", None),
    ("get", "treesize/{tail}"): ("treesize/main/", None),
    ("post", "paths-info/{revision}"): ("paths-info/main", {"paths": ["x"]}),
    ("get", "refs"): ("refs", None),
    ("get", "commits/{revision}"): ("commits/main", None),
    ("get", "compare/{span}"): ("compare/main..main", None),
    ("get", "safetensors-metadata/{filename}"): ("safetensors-metadata/x", None),
    ("get", "auth-check"): ("auth-check", None),
    ("get", "auth-check/write"): ("auth-check/write", None),
    ("get", "lfs-files"): ("lfs-files", None),
    ("get", "user-access-request/{status}"): ("user-access-request/pending", None),
    ("post", "like"): ("like", {}),
    ("delete", "like"): ("like", None),
    ("get", "likers"): ("likers", None),
    ("post", "user-access-request/cancel"): ("user-access-request/cancel", {}),
    ("post", "user-access-request/handle"): ("user-access-request/handle", {"user": "carol", "status": "accepted"}),
    ("post", "user-access-request/batch"): (
        "user-access-request/batch",
        {"status": "accepted", "requests": [{"user": "carol"}]},
    ),
    ("post", "user-access-request/grant"): ("user-access-request/grant", {"user": "carol"}),
    ("put", "settings"): ("settings", {"gated": False}),
    ("post", "duplicate"): ("duplicate", {"repository": "carol/copy"}),
    ("post", "branch/{revision}"): ("branch/next", {}),
    ("delete", "branch/{revision}"): ("branch/next", None),
    ("post", "tag/{revision}"): ("tag/main", {"tag": "v1"}),
    ("delete", "tag/{revision}"): ("tag/v1", None),
    ("post", "super-squash/{revision}"): ("super-squash/main", {}),
    ("post", "preupload/{revision}"): ("preupload/main", {"files": []}),
    ("post", "commit/{revision}"): ("commit/main", COMMIT),
    ("post", "lfs-files/batch"): ("lfs-files/batch", {"deletions": {"sha": ["ab" * 32], "rewriteHistory": False}}),
    ("delete", "lfs-files/{sha}"): (f"lfs-files/{'ab' * 32}?rewriteHistory=false", None),
    ("post", "lfs-files/duplicate"): (
        "lfs-files/duplicate",
        {"target": {"type": "model", "name": "carol/mine"}, "files": [{"sha256": "ab" * 32}]},
    ),
}
OPEN_TO_ALL = {
    "",
    "revision/{revision}",
    "tree/{tail}",
    "treesize/{tail}",
    "paths-info/{revision}",
    "refs",
    "likers",
    "commits/{revision}",
}
FOR_READERS = {"compare/{span}", "safetensors-metadata/{filename}", "auth-check", "duplicate", "lfs-files/duplicate"}
FOR_ASKERS = {"user-access-request/cancel", "like"}
FOR_WRITERS = {path for _, path in CALLS} - OPEN_TO_ALL - FOR_READERS - FOR_ASKERS


@pytest.fixture
def repo():
    return make_repo(make_user("alice"), gated="manual", files={"README.md": "# Hi"})


def ask(client, method, path, token):
    rest, body = CALLS[method, path]
    kind = "application/x-ndjson" if body == COMMIT else "application/json"
    more = {} if body is None else {"data": body, "content_type": kind}
    return getattr(client, method)(
        f"/api/models/alice/weights/{rest}".rstrip("/"), headers=auth(token) if token else None, **more
    )


def state():
    repo = Repo.objects.get(name="weights")
    refs = [
        (name, str(open_git(repo.public_id).references[name].target)) for name in open_git(repo.public_id).references
    ]
    return Repo.objects.values().get(name="weights"), refs, AccessEvent.objects.count(), Repo.objects.count()


def test_every_endpoint_of_a_repo_is_in_the_table():
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    known = {
        (method, path.removeprefix("/api/{repo}").removeprefix("/"))
        for path, methods in paths.items()
        if path.startswith("/api/{repo}")
        for method in methods
    }
    assert known == set(CALLS)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_hidden_repo_looks_like_none(client, repo, method, path):
    repo.private = True
    repo.save()
    before = state()
    carol = make_token(make_user("carol"), "write")
    for token, status in ((None, 401), (carol, 404)):
        answer = ask(client, method, path, token)
        assert answer.status_code == status
        if path not in FOR_ASKERS or token:
            assert answer.headers["X-Error-Code"] == "RepoNotFound"
        assert "alice" not in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize(("method", "path"), [key for key in CALLS if key[1] in FOR_WRITERS])
def test_only_who_may_write_writes(client, repo, method, path):
    before = state()
    carol = make_user("carol")
    statuses = {
        "nobody": ask(client, method, path, None).status_code,
        "carol": ask(client, method, path, make_token(carol, "write")).status_code,
        "alice by a token for reading": ask(client, method, path, make_token(repo.creator, "read")).status_code,
        "alice by a token for another repo": ask(
            client, method, path, make_token(repo.creator, "fineGrained")
        ).status_code,
    }
    assert set(statuses.values()) == {401, 403}, statuses
    assert statuses["nobody"] == 401
    assert state() == before


@pytest.mark.parametrize(("method", "path"), [key for key in CALLS if key[1] in FOR_READERS])
def test_the_gate_stands_before_all_that_shows_content(client, repo, method, path):
    carol = make_user("carol")
    make_repo(carol, "mine")
    for token, status in ((None, 401), (make_token(carol, "write"), 403)):
        answer = ask(client, method, path, token)
        assert (answer.status_code, answer.headers["X-Error-Code"]) == (status, "GatedRepo")


@pytest.mark.parametrize(("method", "path"), [key for key in CALLS if key[1] in OPEN_TO_ALL])
def test_metadata_of_a_gated_repo_is_open(client, repo, method, path):
    assert ask(client, method, path, None).status_code == 200
