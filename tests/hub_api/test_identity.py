"""Who am I, and the calls that clients make by themselves."""

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.accounts.actor import Right

pytestmark = pytest.mark.django_db


def test_it_tells_a_bearer_who_they_are(client):
    alice = make_user("alice")
    make_org("acme", admin=alice)
    me = client.get("/api/whoami-v2", headers=auth(make_token(alice, name="laptop"))).json()
    assert (me["name"], me["fullname"], me["email"], me["type"]) == ("alice", "Alice", "alice@example.org", "user")
    assert me["auth"]["accessToken"]["displayName"] == "laptop"
    assert me["auth"]["accessToken"]["role"] == "read"
    assert me["auth"]["accessToken"]["createdAt"].endswith("Z")
    assert [(org["name"], org["roleInOrg"]) for org in me["orgs"]] == [("acme", "admin")]


def test_it_tells_what_a_fine_grained_token_may(client):
    alice = make_user()
    repo, acme = make_repo(alice, "Weights"), make_org("Acme", admin=alice)
    rights = (
        Right("acme", None, write=True),
        Right("alice", None, write=False),
        Right("alice/weights", "model", write=False, repo=repo.pk),
        Right("alice/gone", "model", write=False),
    )
    token = make_token(alice, scope="fineGrained", rights=rights, reads_gated=True)
    told = client.get("/api/whoami-v2", headers=auth(token)).json()["auth"]["accessToken"]["fineGrained"]
    assert told["canReadGatedRepos"] is True
    assert [right["entity"] for right in told["scoped"]] == [
        {"_id": acme.public_id, "name": "Acme", "type": "org"},
        {"_id": alice.public_id, "name": "alice", "type": "user"},
        {"_id": repo.public_id, "name": "alice/Weights", "type": "model"},
    ]
    assert told["scoped"][0]["permissions"] == ["repo.content.read", "repo.write"]


def test_a_right_does_not_tell_whether_a_hidden_repo_exists(client):
    hidden = make_repo(make_user("alice"), private=True)
    rights = [Right(hidden.key, "model", write=False), Right(hidden.key, "model", write=True, repo=hidden.pk)]
    token = make_token(make_user("carol"), scope="fineGrained", rights=rights)
    told = client.get("/api/whoami-v2", headers=auth(token)).json()["auth"]["accessToken"]["fineGrained"]
    assert told["scoped"] == []


def test_it_refuses_a_caller_without_credentials(client):
    answer = client.get("/api/whoami-v2")
    assert answer.status_code == 401
    assert answer.json() == {"error": "Invalid username or password."}
    assert answer.headers["X-Error-Message"] == "Invalid username or password."
    assert "WWW-Authenticate" in answer.headers


def test_it_refuses_a_token_that_nobody_has(client):
    answer = client.get("/api/whoami-v2", headers=auth("hf_nobodys"))
    assert (answer.status_code, answer.json()["error"]) == (401, "Invalid credentials in Authorization header")


def test_the_harnesses_are_never_a_list(client):
    assert client.get("/api/agent-harnesses").json() == {"standardEnvVars": [], "harnesses": {}}


def test_telemetry_is_taken_by_head(client):
    answer = client.head("/api/telemetry/hf_hub/examples")
    assert (answer.status_code, answer.content) == (200, b"")
