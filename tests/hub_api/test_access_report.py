"""The access report, and the gate's answer without bytes."""

import json

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.access import access_requests

pytestmark = pytest.mark.django_db


@pytest.fixture
def repo():
    return make_repo(make_user("alice"), gated="manual")


def test_authors_download_every_request(client, repo):
    access_requests.submit(repo, make_user("carol"), {})
    access_requests.grant(repo, make_user("bob"), by=repo.creator)
    answer = client.get("/alice/weights/user-access-report", headers=auth(make_token(repo.creator, "write")))
    assert answer.headers["Content-Disposition"] == "attachment; filename=user-access-report-alice-weights.json"
    entries = json.loads(b"".join(answer.streaming_content))
    assert {entry["user"]: entry["status"] for entry in entries} == {"carol": "pending", "bob": "accepted"}


def test_authors_download_it_in_the_browser(client, repo):
    client.force_login(repo.creator)
    answer = client.get("/alice/weights/user-access-report")
    assert json.loads(b"".join(answer.streaming_content)) == []


def test_nobody_else_does(client, repo):
    url = "/alice/weights/user-access-report"
    carol = make_user("carol")
    statuses = [client.get(url).status_code, client.get(url, headers=auth(make_token(carol, "write"))).status_code]
    statuses.append(client.get(url, headers=auth(make_token(repo.creator, "read"))).status_code)
    assert statuses == [401, 403, 403]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (None, "you are not in the authorized list. Visit http://testserver/alice/weights to ask for access."),
        ("pending", "Your request to access model alice/weights is awaiting a review from the repo authors."),
        ("rejected", "Your request to access model alice/weights has been rejected by the repo's authors."),
        ("reset", "Visit http://testserver/alice/weights to submit a new request."),
    ],
)
def test_a_check_tells_why_not(client, repo, status, text):
    carol = make_user("carol")
    if status:
        repo.access_requests.create(user=carol, status=status, timestamp=repo.created_at)
    answer = client.get("/api/models/alice/weights/auth-check", headers=auth(make_token(carol)))
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    assert answer.json()["error"].endswith(text)
    assert answer.headers["X-Error-Message"] == answer.json()["error"]


def test_a_check_of_an_anonymous_caller_asks_them_to_sign_in(client, repo):
    answer = client.get("/api/models/alice/weights/auth-check")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (401, "GatedRepo")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_check_says_ok_to_those_inside(client, repo):
    bob = make_user("bob")
    access_requests.grant(repo, bob, by=repo.creator)
    for user in (bob, repo.creator):
        answer = client.get("/api/models/alice/weights/auth-check", headers=auth(make_token(user)))
        assert (answer.status_code, answer.content) == (200, b"OK")


def test_a_check_for_writing_needs_the_right_and_the_token(client, repo):
    url = "/api/models/alice/weights/auth-check/write"
    tokens = [
        make_token(repo.creator, "write"),
        make_token(repo.creator, "read"),
        make_token(make_user("bob"), "write"),
    ]
    assert [client.get(url, headers=auth(token)).status_code for token in tokens] == [200, 403, 403]
