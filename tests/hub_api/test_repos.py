"""Repos come, move and go."""

import json

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.accounts.actor import Right
from gatehouse.repos.models import Repo

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def send(client, alice):
    """Send JSON as Alice with a token for writing, or as somebody else with theirs."""

    def _send(method, path, body, token=None):
        headers = auth(token or make_token(alice, "write"))
        return client.generic(method, f"/api/{path}", json.dumps(body), "application/json", headers=headers)

    return _send


@pytest.mark.parametrize(("kind", "prefix"), [("model", ""), ("dataset", "datasets/"), ("space", "spaces/")])
def test_a_new_repo_has_a_url_and_one_commit(client, send, kind, prefix):
    told = send("POST", "repos/create", {"name": "new", "organization": None, "type": kind}).json()
    assert told["url"] == f"http://testserver/{prefix}alice/new"
    assert told["name"] == "alice/new"
    commits = client.get(f"/api/{kind}s/alice/new/commits/main").json()
    assert [(commit["title"], commit["authors"][0]["user"]) for commit in commits] == [("initial commit", "alice")]


def test_without_a_type_it_is_a_model(send):
    assert send("POST", "repos/create", {"name": "new"}).json()["url"] == "http://testserver/alice/new"


@pytest.mark.parametrize("body", [{"private": True}, {"visibility": "private"}])
def test_a_repo_can_be_private_from_the_start(client, send, body):
    send("POST", "repos/create", {"name": "new"} | body)
    assert client.get("/api/models/alice/new").status_code == 401


def test_the_second_of_a_name_is_told_the_url_of_the_first(send):
    send("POST", "repos/create", {"name": "New"})
    answer = send("POST", "repos/create", {"name": "new"})
    assert (answer.status_code, answer.json()["url"]) == (409, "http://testserver/alice/New")
    assert answer.json()["error"].startswith("You already created this model repo")


def test_a_license_makes_a_card(client, send):
    send("POST", "repos/create", {"name": "new", "license": "mit"})
    assert client.get("/api/models/alice/new").json()["cardData"] == {"license": "mit"}


def test_first_files_come_with_the_repo(client, send):
    files = [{"path": "a.txt", "content": "hi"}, {"path": "b/c.txt", "content": "aGk=", "encoding": "base64"}]
    send("POST", "repos/create", {"name": "new", "files": files})
    tree = client.get("/api/models/alice/new/tree/main?recursive=true").json()
    assert [(entry["path"], entry["size"]) for entry in tree if entry["type"] == "file"][1:] == [
        ("a.txt", 2),
        ("b/c.txt", 2),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "../etc"},
        {"name": "a--b"},
        {"name": "x", "type": "kernel"},
        {"name": "x", "license": "mine\nevil: yes"},
        {"name": "x", "files": [{"path": "../x", "content": ""}]},
        {"name": "x", "files": [{"path": "x", "content": "?", "encoding": "base64"}]},
        {"name": 5},
        {},
    ],
)
def test_a_repo_that_cannot_be_is_refused_and_not_made(send, body):
    answer = send("POST", "repos/create", body)
    assert answer.status_code in {400, 422}
    assert not Repo.objects.exists()


def test_a_token_for_reading_makes_no_repo(send, alice):
    answer = send("POST", "repos/create", {"name": "new"}, make_token(alice, "read"))
    assert (answer.status_code, Repo.objects.count()) == (403, 0)


def test_a_fine_grained_token_makes_repos_where_it_may_write(send, alice):
    token = make_token(alice, "fineGrained", rights=(Right("alice/new", "model", write=True),))
    assert send("POST", "repos/create", {"name": "other"}, token).status_code == 403
    assert send("POST", "repos/create", {"name": "new"}, token).status_code == 200
    assert send("POST", "repos/create", {"name": "new"}, token).status_code == 409


def test_a_fine_grained_token_keeps_to_the_repo_that_it_made(client, send, alice):
    token = make_token(alice, "fineGrained", rights=(Right("alice/new", "model", write=True),))
    assert send("POST", "repos/create", {"name": "new", "private": True}, token).status_code == 200
    assert send("POST", "repos/move", {"fromRepo": "alice/new", "toRepo": "alice/renamed"}).status_code == 200
    make_repo(alice, "new", private=True)
    seen = [client.get(f"/api/models/alice/{name}", headers=auth(token)).status_code for name in ("renamed", "new")]
    assert seen == [200, 404]
    assert send("POST", "repos/create", {"name": "new"}, token).status_code == 403


def test_a_right_by_name_opens_no_repo_that_is_there(client, send, alice):
    token = make_token(alice, "fineGrained", rights=(Right("alice/new", "model", write=True),))
    make_repo(alice, "new", private=True)
    assert client.get("/api/models/alice/new", headers=auth(token)).status_code == 404
    assert send("POST", "repos/create", {"name": "new"}, token).status_code == 403


def test_nobody_makes_a_repo_in_a_strangers_name(client, send):
    make_org("acme", admin=make_user("dora"), bob="read")
    assert client.post("/api/repos/create", {"name": "x"}, "application/json").status_code == 401
    assert send("POST", "repos/create", {"name": "x", "organization": "acme"}).status_code == 403
    assert send("POST", "repos/create", {"name": "x", "organization": "dora"}).status_code == 403


def test_a_member_makes_a_repo_for_the_organization(send, alice):
    make_org("acme", admin=make_user("dora"), alice="contributor")
    told = send("POST", "repos/create", {"name": "x", "organization": "acme"}).json()
    assert told["name"] == "acme/x"


def test_its_owner_deletes_a_repo(client, send, alice):
    make_repo(alice)
    assert send("DELETE", "repos/delete", {"name": "weights", "organization": None, "type": "model"}).json() == {}
    assert client.get("/api/models/alice/weights").status_code == 401


@pytest.mark.parametrize("private", [True, False])
def test_a_stranger_deletes_nothing(client, send, alice, private):
    make_repo(alice, private=private)
    body = {"name": "weights", "organization": "alice"}
    carol = make_token(make_user("carol"), "write")
    answers = [
        client.delete("/api/repos/delete", body, "application/json"),
        send("DELETE", "repos/delete", body, carol),
    ]
    assert [answer.status_code for answer in answers] == [401, 404 if private else 403]
    assert answers[0].headers["X-Error-Code"] == "RepoNotFound"
    assert Repo.objects.count() == 1


def test_a_repo_is_not_deleted_by_its_former_name(send, alice):
    make_repo(alice, "old")
    assert send("POST", "repos/move", {"fromRepo": "alice/old", "toRepo": "alice/new", "type": "model"}).json() == {
        "url": "http://testserver/alice/new"
    }
    answer = send("DELETE", "repos/delete", {"name": "old", "organization": "alice"})
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RepoNotFound")
    assert Repo.objects.count() == 1


def test_a_repo_moves_to_an_organization_of_its_owner_only(send, alice):
    make_repo(alice)
    make_org("acme", admin=make_user("dora"))
    make_org("ours", admin=alice)
    move = {"fromRepo": "alice/weights", "type": "model"}
    assert send("POST", "repos/move", move | {"toRepo": "acme/weights"}).status_code == 403
    assert send("POST", "repos/move", move | {"toRepo": "nobody/weights"}).status_code == 404
    assert send("POST", "repos/move", move | {"toRepo": "weights"}).status_code == 400
    assert send("POST", "repos/move", move | {"toRepo": "ours/weights"}).status_code == 200
    assert Repo.objects.get().repo_id == "ours/weights"


def test_a_name_that_is_taken_stays_taken(send, alice):
    make_repo(alice, "one")
    make_repo(alice, "two")
    answer = send("POST", "repos/move", {"fromRepo": "alice/one", "toRepo": "alice/TWO", "type": "model"})
    assert answer.status_code == 409
    assert answer.json()["error"] == "A model repository called alice/TWO already exists"


@pytest.mark.parametrize(
    "more",
    [{"resourceGroupId": "66670e5163145ca562cb1988"}, {"region": "eu"}, {"secrets": [{"key": "A", "value": "b"}]}],
)
def test_what_only_the_hub_has_for_a_new_repo_is_refused_and_nothing_is_made(client, more):
    headers = auth(make_token(make_user("alice"), "write"))
    body = {"name": "new", "type": "space", "sdk": "gradio"} | more
    answer = client.post("/api/repos/create", body, "application/json", headers=headers)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (501, "NotOffered")
    assert client.get("/api/spaces/alice/new", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("hub.example.org:8443", "https://hub.example.org:8443"),
        ("hub.example.org", "https://hub.example.org:8443"),  # the web server before the hub drops the port
        ("old.example.org", "http://old.example.org"),
        ("localhost:8000", "http://localhost:8000"),
        ("hub.example.org:1", "https://hub.example.org:8443"),
    ],
)
def test_what_was_made_is_told_at_the_address_that_was_asked(client, settings, host, origin):
    settings.PUBLIC_URL = "https://hub.example.org:8443"
    settings.CSRF_TRUSTED_ORIGINS = [settings.PUBLIC_URL, "http://old.example.org"]
    settings.ALLOWED_HOSTS = ["hub.example.org", "old.example.org", "localhost"]
    headers = auth(make_token(make_user(), "write")) | {"Host": host}
    for _ in range(2):  # the second time it is there already
        answer = client.post("/api/repos/create", {"name": "new"}, "application/json", headers=headers)
        assert answer.json()["url"] == f"{origin}/alice/new"
