"""A repo's settings page and its forms."""

import pytest

from factories import make_repo
from gatehouse.access import access_requests, gate, lists
from gatehouse.accounts.actor import ANONYMOUS
from gatehouse.repos.models import Repo, RepoRedirect
from web_pages import text_of

URL = "/alice/open/settings"


@pytest.fixture
def repo(alice):
    return make_repo(alice, "open")


@pytest.fixture
def send(browser, alice, repo):
    """Give a function that sends one of the forms, as Alice."""
    return lambda form, **data: browser(alice).post(f"{URL}/{form}", data, follow=True)


def test_without_a_gate_it_offers_to_enable_one(browser, repo, alice):
    shown = text_of(browser(alice).get(URL))
    assert "Enable Access request" in shown
    assert "Notification frequency" not in shown


def test_enabling_is_automatic_approval(send, repo):
    assert "Access requests are enabled" in send("enable").text
    repo.refresh_from_db()
    assert repo.gated == "auto"


def test_manual_approval_has_more_settings(send, repo):
    shown = text_of(send("gate", gated="manual", notifications_mode="bulk", notifications_email="x@example.org"))
    repo.refresh_from_db()
    assert (repo.gated, repo.notifications_mode, repo.notifications_email) == ("manual", "bulk", "x@example.org")
    for words in ("Add access", "Notification frequency", "Notifications email", "Review access requests 0"):
        assert words in shown
    assert "Download user access report" in shown


def test_disabling_keeps_the_requests(send, repo, carol):
    Repo.objects.update(gated="auto")
    repo.refresh_from_db()
    access_requests.submit(repo, carol, {})
    send("disable")
    repo.refresh_from_db()
    assert repo.gated == ""
    assert lists.counts(repo)["accepted"] == 1


@pytest.mark.parametrize(
    "wrong", [{"gated": "true"}, {"notifications_mode": "never"}, {"notifications_email": "nobody"}]
)
def test_a_wrong_setting_changes_nothing(send, repo, wrong):
    good = {"gated": "manual", "notifications_mode": "bulk", "notifications_email": ""}
    assert send("gate", **(good | wrong)).status_code == 400
    repo.refresh_from_db()
    assert repo.gated == ""


def test_members_of_an_organization_can_be_gated_too(browser, acme, alice):
    repo = make_repo(acme, "model", gated="auto", creator=alice)
    data = {"gated": "auto", "notifications_mode": "bulk", "org_members_gated": "on"}
    browser(alice).post("/acme/model/settings/gate", data)
    repo.refresh_from_db()
    assert repo.org_members_gated


def test_access_is_granted_to_somebody_who_never_asked(send, repo, carol):
    Repo.objects.update(gated="manual")
    assert "carol has access now" in send("grant", user="carol").text
    assert lists.own_request(repo, carol).status == "accepted"


@pytest.mark.parametrize(("user", "said"), [("nobody", "User not found"), ("", "This field is required")])
def test_access_is_not_granted_to_nobody(send, repo, user, said):
    Repo.objects.update(gated="manual")
    page = send("grant", user=user)
    assert page.status_code == 400
    assert said in page.text


def test_access_is_not_granted_twice(send, repo, carol):
    Repo.objects.update(gated="manual")
    send("grant", user="carol")
    assert "already has access" in send("grant", user="carol").text


def test_people_are_suggested_while_their_name_is_typed(browser, alice, carol):
    page = browser(alice).get("/-/people?user=car")
    assert '<option value="carol">Carol</option>' in page.text
    assert "example.org" not in page.text
    assert browser().get("/-/people?user=car").status_code == 302


def test_a_repo_becomes_private(send, repo):
    send("visibility", visibility="private")
    case = gate.case_by_name(ANONYMOUS, "model", "alice/open")
    assert gate.see(case) is gate.Answer.HIDDEN


def test_a_repo_moves_to_an_organization(send, repo, acme):
    page = send("move", owner="acme", name="renamed")
    assert page.redirect_chain == [("/acme/renamed/settings", 302)]
    assert RepoRedirect.objects.get().key == "alice/open"


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        ("alice", "taken", "already exists"),
        ("alice", "a b", "not a valid repo name"),
        ("carol", "mine", "valid choice"),
    ],
)
def test_a_repo_does_not_move_to_a_wrong_place(send, repo, alice, carol, owner, name, said):
    make_repo(alice, "taken")
    page = send("move", owner=owner, name=name)
    assert page.status_code in {400, 409}
    assert said in text_of(page)
    assert Repo.objects.filter(key="alice/open").exists()


def test_a_repo_is_deleted_when_its_name_is_typed(send, repo):
    assert send("delete", confirmation="alice/opne").status_code == 400
    assert Repo.objects.exists()
    assert "alice/open is deleted." in send("delete", confirmation="alice/open").text
    assert not Repo.objects.exists()


@pytest.mark.parametrize("form", ["enable", "disable", "gate", "grant", "visibility", "move", "delete"])
def test_every_form_is_for_authors_alone(browser, repo, carol, form):
    assert browser(carol).post(f"{URL}/{form}", {"confirmation": "alice/open"}).status_code == 403
    assert browser().post(f"{URL}/{form}").status_code == 302
    assert Repo.objects.get().gated == ""


def test_a_reader_of_the_organization_changes_nothing(browser, acme, alice, bob):
    make_repo(acme, "model", creator=alice)
    assert browser(bob).get("/acme/model/settings").status_code == 403


def test_the_page_asks_the_database_little(browser, repo, alice, django_assert_max_num_queries):
    client = browser(alice)
    client.get(URL)
    with django_assert_max_num_queries(10):
        client.get(URL)
