"""Followers: who follows whom, told to everybody, page by page."""

import pytest

from factories import auth, make_org, make_token, make_user
from gatehouse.accounts.followers import follow, unfollow
from gatehouse.accounts.models import User
from gatehouse.storage.errors import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return make_user("alice")


def names(answer):
    return [user["user"] for user in answer.json()]


def test_a_follower_counts_once_and_goes_again(client, alice):
    carol = make_user("carol")
    for _ in range(2):
        follow(carol, alice.namespace)
    assert names(client.get("/api/users/alice/followers")) == ["carol"]
    assert names(client.get("/api/users/Carol/following")) == ["alice"]
    assert client.get("/api/users/alice/overview").json()["numFollowers"] == 1
    assert client.get("/api/users/carol/overview").json()["numFollowing"] == 1
    unfollow(carol, alice.namespace)
    assert client.get("/api/users/alice/followers").json() == []


def test_an_organization_has_followers_but_is_no_person(client, alice):
    acme = make_org("acme", admin=alice)
    follow(alice, acme.namespace)
    assert names(client.get("/api/organizations/acme/followers")) == ["alice"]
    assert client.get("/api/users/alice/following").json() == []
    told = client.get("/api/users/alice/overview").json()
    assert (told["numFollowing"], told["numFollowingOrgs"]) == (0, 1)
    assert client.get("/api/organizations/acme/overview").json()["numFollowers"] == 1


def test_the_caller_is_told_whether_they_follow(client, alice):
    carol = make_user("carol")
    follow(carol, alice.namespace)
    told = {
        user.username: client.get("/api/users/alice/overview", headers=auth(make_token(user))).json()["isFollowing"]
        for user in (alice, carol)
    }
    assert told == {"alice": False, "carol": True}
    assert "isFollowing" not in client.get("/api/users/alice/overview").json()


def test_followers_come_in_pages_newest_first(client, alice):
    for number in range(3):
        follow(make_user(f"user-{number}"), alice.namespace)
    first = client.get("/api/users/alice/followers?limit=2")
    second = client.get(first.headers["Link"].partition(">")[0].removeprefix("<http://testserver"))
    assert names(first) + names(second) == ["user-2", "user-1", "user-0"]
    assert "Link" not in second.headers
    assert client.get("/api/users/alice/followers?cursor=x").status_code == 400


def test_whoever_is_shut_out_follows_nobody(client, alice):
    follow(make_user("carol"), alice.namespace)
    follow(alice, User.objects.get(username="carol").namespace)
    User.objects.filter(username="carol").update(is_active=False)
    assert client.get("/api/users/alice/followers").json() == []
    assert client.get("/api/users/alice/following").json() == []
    assert client.get("/api/users/carol/followers").status_code == 404


def test_nobody_follows_themselves(alice):
    with pytest.raises(Refusal, match="themselves"):
        follow(alice, alice.namespace)


@pytest.mark.parametrize("path", ["users/acme/followers", "users/nobody/following", "organizations/alice/followers"])
def test_who_is_not_there_has_no_followers(client, alice, path):
    make_org("acme", admin=alice)
    assert client.get(f"/api/{path}").status_code == 404
