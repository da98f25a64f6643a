"""Likes: one of a person for a repo."""

import pytest

from factories import auth, make_repo, make_token, make_user

pytestmark = pytest.mark.django_db
URL = "/api/models/alice/weights/like"


@pytest.fixture
def repo():
    return make_repo(make_user("alice"))


@pytest.fixture
def carol():
    return make_user("carol")


def test_a_like_counts_once_and_is_taken_back(client, repo, carol):
    headers = auth(make_token(carol, "write"))
    for count in (1, 1):
        assert client.post(URL, headers=headers).status_code == 200
        assert client.get("/api/models/alice/weights").json()["likes"] == count
    assert [user["user"] for user in client.get("/api/models/alice/weights/likers").json()] == ["carol"]
    for _ in range(2):
        assert client.delete(URL, headers=headers).status_code == 200
        assert client.get("/api/models/alice/weights").json()["likes"] == 0
    assert client.get("/api/models/alice/weights/likers").json() == []


def test_a_person_likes_what_the_caller_may_see(client, repo, carol):
    headers = auth(make_token(carol, "write"))
    make_repo(carol, "secret", "dataset", private=True)
    client.post(URL, headers=headers)
    client.post("/api/datasets/carol/secret/like", headers=headers)
    mine = client.get("/api/users/carol/likes", headers=headers).json()
    assert [like["repo"] for like in mine] == [
        {"name": "carol/secret", "type": "dataset"},
        {"name": "alice/weights", "type": "model"},
    ]
    assert mine[0]["createdAt"].endswith("Z")
    others = client.get("/api/users/carol/likes").json()
    assert [like["repo"]["name"] for like in others] == ["alice/weights"]


def test_likers_come_in_pages(client, repo):
    for number in range(3):
        client.post(URL, headers=auth(make_token(make_user(f"user-{number}"), "write")))
    first = client.get("/api/models/alice/weights/likers?limit=2")
    second = client.get(first.headers["Link"].partition(">")[0].removeprefix("<http://testserver"))
    assert [user["user"] for user in first.json() + second.json()] == ["user-2", "user-1", "user-0"]


def test_liking_takes_a_person_and_a_token_that_may_act(client, repo, carol):
    assert client.post(URL).status_code == 401
    assert client.post(URL, headers=auth(make_token(carol, "read"))).status_code == 403
    assert client.get("/api/models/alice/weights").json()["likes"] == 0
