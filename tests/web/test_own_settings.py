"""Profile, notifications, one's own requests, sessions, organizations, new repos."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factories import make_repo
from gatehouse.access import access_requests
from gatehouse.accounts.models import Membership, Organization, User
from gatehouse.repos.models import Repo
from web_pages import text_of


def test_a_full_name_is_changed(browser, carol):
    browser(carol).post("/settings/profile", {"fullname": "Carol <b>King"})
    assert "Carol &lt;b&gt;King" in browser().get("/carol").text


def test_letters_about_requests_can_be_switched_off(browser, carol):
    browser(carol).post("/settings/notifications", {})
    assert not User.objects.get(username="carol").wants_request_letters
    browser(carol).post("/settings/notifications", {"wants_request_letters": "on"})
    assert User.objects.get(username="carol").wants_request_letters


def test_my_requests_are_listed_with_their_state(browser, alice, carol):
    for name, gated in (("one", "auto"), ("two", "manual")):
        access_requests.submit(make_repo(alice, name, gated=gated), carol, {})
    shown = text_of(browser(carol).get("/settings/gated-repos"))
    assert "Repo Name Type Date Request Status" in shown
    assert "alice/two model just now Pending Withdraw" in shown
    assert "alice/one model just now Accepted" in shown


def test_a_repo_that_became_private_is_not_named(browser, alice, carol):
    access_requests.submit(make_repo(alice, "tern", gated="auto"), carol, {})
    Repo.objects.update(private=True)
    assert "alice/tern" not in browser(carol).get("/settings/gated-repos").text


def test_sessions_are_listed_and_ended(browser, carol):
    here, elsewhere = browser(carol), browser(carol)
    elsewhere.get("/", headers={"User-Agent": "Phone"})
    assert "Phone" in here.get("/settings/sessions").text
    here.post("/settings/sessions")
    assert "/login?next=" in elsewhere.get("/settings/profile")["Location"]
    assert here.get("/settings/profile").status_code == 200


def test_reading_pages_does_not_write_a_row_for_each(browser, carol):
    client = browser(carol)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert not [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE"))]


@pytest.mark.parametrize(
    "path",
    ["profile", "account", "notifications", "gated-repos", "tokens", "sessions", "email", "password"],
)
def test_settings_are_for_people_who_signed_in(browser, carol, path):
    assert "/login?next=" in browser().get(f"/settings/{path}")["Location"]
    assert browser(carol).get(f"/settings/{path}").status_code == 200


def test_an_organization_is_made(browser, carol):
    page = browser(carol).post("/organizations/new", {"name": "acme", "fullname": "Acme Ltd"})
    assert page["Location"] == "/acme"
    assert Membership.objects.get().role == "admin"


@pytest.mark.parametrize(("name", "said"), [("carol", "taken"), ("settings", "reserved"), ("a b", "not a valid")])
def test_an_organization_needs_a_free_name(browser, carol, name, said):
    page = browser(carol).post("/organizations/new", {"name": name})
    assert said in text_of(page)
    assert not Organization.objects.exists()


def test_admins_add_change_and_remove_members(browser, acme, alice, bob, carol):
    client = browser(alice)
    client.post("/acme/-/members/add", {"user": "carol", "role": "read"})
    client.post("/acme/-/members/add", {"user": "bob", "role": "write"})
    assert dict(acme.memberships.values_list("user__username", "role"))["bob"] == "write"
    client.post("/acme/-/members/carol/remove")
    assert set(acme.memberships.values_list("user__username", flat=True)) == {"alice", "bob"}


def test_the_last_admin_stays(browser, acme, alice):
    page = browser(alice).post("/acme/-/members/alice/remove", follow=True)
    assert "needs at least one admin" in page.text
    page = browser(alice).post("/acme/-/members/add", {"user": "alice", "role": "read"})
    assert "needs at least one admin" in page.text


@pytest.mark.parametrize("path", ["members/add", "members/alice/remove", "rename"])
def test_members_who_are_no_admins_change_nothing(browser, acme, bob, path):
    assert browser(bob).post(f"/acme/-/{path}", {"user": "bob", "role": "admin"}).status_code == 403
    assert browser(bob).get("/acme/-/members").status_code == 403
    assert acme.memberships.get(user=bob).role == "read"


def test_a_repo_is_made_with_a_licence(browser, carol):
    data = {"owner": "carol", "name": "new", "kind": "dataset", "license": "mit", "visibility": "private"}
    assert browser(carol).post("/new", data)["Location"] == "/datasets/carol/new"
    repo = Repo.objects.get()
    assert (repo.kind, repo.private, repo.card) == ("dataset", True, {"license": "mit"})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"name": "taken"}, "already created"), ({"name": "-"}, "not a valid"), ({"owner": "acme"}, "valid choice")],
)
def test_a_repo_is_not_made_where_it_may_not_be(browser, acme, bob, wrong, said):
    make_repo(bob, "taken")
    data = {"owner": "bob", "name": "new", "kind": "model", "visibility": "public"} | wrong
    page = browser(bob).post("/new", data)
    assert page.status_code == 400
    assert said in text_of(page)
    assert Repo.objects.count() == 1
