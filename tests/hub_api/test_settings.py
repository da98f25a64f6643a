"""Settings: what was sent is done and given back, what is not known is refused."""

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.repos.models import Repo

pytestmark = pytest.mark.django_db
URL = "/api/models/alice/weights/settings"


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def put(client, alice):
    make_repo(alice)
    token = make_token(alice, "write")
    return lambda body, url=URL: client.put(url, body, "application/json", headers=auth(token))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"gated": "manual"},
        {"gated": "auto", "private": True},
        {"visibility": "private"},
        {"gatedNotificationsMode": "bulk", "gatedNotificationsEmail": "gate@example.org"},
        {"discussionsDisabled": True},
    ],
)
def test_it_gives_back_what_was_sent(put, body):
    answer = put(body)
    assert (answer.status_code, answer.json()) == (200, body)


def test_settings_take_effect(put):
    put({"gated": "manual", "gatedNotificationsMode": "bulk", "gatedNotificationsEmail": "g@example.org"})
    repo = Repo.objects.get()
    assert (repo.gated, repo.notifications_mode, repo.notifications_email) == ("manual", "bulk", "g@example.org")
    put({"gated": False, "visibility": "private"})
    repo = Repo.objects.get()
    assert (repo.gated, repo.private, repo.notifications_mode) == ("", True, "bulk")
    put({"private": False})
    assert not Repo.objects.get().private


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"gaetd": "manual"}, "* Unrecognized key * at gaetd"),
        ({"gated": True}, '* Invalid option: expected one of false|"auto"|"manual" * at gated'),
        ({"gated": None}, "* null is not a setting"),
        ({"visibility": "protected"}, '* Invalid option: expected one of "public"|"private" * at visibility'),
        ({"private": "yes"}, "* Invalid input: Input should be a valid boolean * at private"),
        ({"private": True, "visibility": "public"}, "* private and visibility contradict each other * at visibility"),
        ({"gatedNotificationsEmail": "nobody"}, "'nobody' is not an e-mail address."),
        ({"orgMembersGated": True}, "Only a repo of an organization has members to gate."),
        ({"discussionsDisabled": False}, "* Invalid option: expected one of true * at discussionsDisabled"),
        ([], "* Invalid input"),
        ('"gated"', "* Invalid input"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_nothing_changed(put, body, error):
    before = Repo.objects.values().get()
    answer = put({"gated": "auto"} | body if isinstance(body, dict) else body)
    assert answer.status_code == 400
    assert error in answer.json()["error"]
    assert Repo.objects.values().get() == before


def test_members_of_an_organization_can_be_gated(client, put, alice):
    make_repo(make_org("acme", admin=alice), "shared", creator=alice)
    assert put({"orgMembersGated": True}, "/api/models/acme/shared/settings").status_code == 200


def test_only_who_may_write_changes_settings(client, put, alice):
    carol = make_user("carol")
    assert client.put(URL, {"gated": False}, "application/json").status_code == 401
    for token in (make_token(alice, "read"), make_token(carol, "write")):
        assert client.put(URL, {"gated": "auto"}, "application/json", headers=auth(token)).status_code == 403
    assert Repo.objects.get().gated == ""
