"""The authors' review screen."""

import pytest
from django.utils import timezone

from factories import make_repo, make_user
from gatehouse.access import access_requests, lists
from gatehouse.access.models import AccessRequest
from gatehouse.accounts.models import Membership
from gatehouse.outbox.delivery import deliver_due
from gatehouse.outbox.models import Letter
from web_pages import text_of, text_of_part

ANSWERS = {"Company": "ACME", "Country": "DE", "Purpose": "other", "I agree": "on"}
URL = "/alice/tern/access-requests"


@pytest.fixture
def asked(gated, carol):
    return access_requests.submit(gated, carol, ANSWERS)


@pytest.fixture
def decide(browser, alice):
    """Give a function that presses one of the buttons, as Alice."""

    def press(decision, *requests, seen="pending", **more):
        data = {"request": [each.public_id for each in requests], "decision": decision, "seen": seen} | more
        return browser(alice).post(f"{URL}/-/decide", data, follow=True)

    return press


def test_it_shows_who_asked_and_what_they_answered(browser, asked, alice):
    shown = text_of(browser(alice).get(URL))
    assert "Carol carol · carol@example.org" in shown
    assert "Company ACME Country Germany Purpose Something else I agree Yes" in shown


def test_every_state_has_a_list_with_its_count(browser, gated, asked, alice):
    access_requests.submit(gated, make_user("dora"), ANSWERS)
    access_requests.accept(asked, by=alice)
    shown = text_of(browser(alice).get(f"{URL}?status=accepted"))
    assert "Pending 1 Accepted 1 Rejected 0 Reset 0" in shown
    assert "Accepted just now · alice" in shown


def test_it_is_for_authors_alone(browser, asked, carol):
    assert browser(carol).get(URL).status_code == 403
    assert browser(carol).post(f"{URL}/-/decide", {"decision": "accepted"}).status_code == 403
    assert browser().get(URL)["Location"] == "/login?next=%2Falice%2Ftern%2Faccess-requests"


def test_a_request_is_accepted(decide, gated, asked, carol):
    assert "The request of carol is accepted." in decide("accepted", asked).text
    assert lists.own_request(gated, carol).status == "accepted"


def test_a_rejection_has_a_reason(decide, gated, asked, carol):
    decide("rejected", asked, reason="Who are you?")
    request = lists.own_request(gated, carol)
    assert (request.status, request.reason) == ("rejected", "Who are you?")


def test_a_reason_that_is_too_long_decides_nothing(decide, gated, asked, carol):
    assert decide("rejected", asked, reason="x" * 201).status_code == 400
    assert lists.own_request(gated, carol).status == "pending"


@pytest.mark.parametrize("decision", ["pending", "reset"])
def test_a_decision_can_be_taken_back(decide, gated, asked, alice, carol, decision):
    access_requests.accept(asked, by=alice)
    decide(decision, asked, seen="accepted")
    assert lists.own_request(gated, carol).status == decision


def test_many_are_decided_at_once(decide, gated, asked):
    more = [access_requests.submit(gated, make_user(f"user{number}"), ANSWERS) for number in range(3)]
    assert "4 requests are accepted." in decide("accepted", asked, *more).text
    assert lists.counts(gated)["accepted"] == 4


def test_who_comes_too_late_is_told_and_changes_nothing(decide, gated, asked, carol):
    access_requests.reject(asked, by=make_user("bert"))
    assert "carol was not decided, because somebody was faster" in decide("accepted", asked).text
    assert lists.own_request(gated, carol).status == "rejected"


def test_a_request_withdrawn_meanwhile_is_told(decide, gated, asked, carol):
    access_requests.withdraw(gated, carol)
    assert "A request was withdrawn meanwhile." in decide("accepted", asked).text


def test_nobody_picked_decides_nothing(decide, asked):
    assert "Nobody was picked" in decide("accepted").text


def test_a_request_of_another_repo_cannot_be_decided(decide, alice, asked, carol):
    from factories import make_repo

    other = make_repo(make_user("bert"), "other", gated="manual")
    theirs = access_requests.submit(other, carol, {})
    decide("accepted", theirs)
    assert lists.own_request(other, carol).status == "pending"


def test_it_finds_people_by_name_and_domain(browser, gated, asked, alice):
    access_requests.submit(gated, make_user("dora", fullname="Dora Berg"), ANSWERS)
    assert "dora@" in browser(alice).get(f"{URL}?q=berg").text
    assert "carol@" not in browser(alice).get(f"{URL}?q=berg").text
    assert "Nobody found" in browser(alice).get(f"{URL}?q=nobody").text


def test_long_lists_have_pages(browser, gated, alice, monkeypatch):
    monkeypatch.setattr("gatehouse.web.review.PAGE", 2)
    for number in range(3):
        access_requests.submit(gated, make_user(f"user{number}"), ANSWERS)
    first = browser(alice).get(URL)
    following = browser(alice).get(URL + first.context["next_page"])
    assert [len(page.context["rows"]) for page in (first, following)] == [2, 1]
    assert following.context["rows"][0][0].user.username == "user0"


@pytest.mark.parametrize(
    "query", ["status=granted", "start=yesterday", "start=2026-01-01T00:00:00Z~" + "9" * 30, "q=%00"]
)
def test_an_address_nobody_made_is_refused(browser, gated, alice, query):
    assert browser(alice).get(f"{URL}?{query}").status_code == 400


def test_without_scripts_all_are_picked_by_a_link(browser, asked, alice):
    page = browser(alice).get(f"{URL}?pick=all")
    assert page.text.count("checked") == 2


def test_a_persons_page_tells_what_happened(browser, asked, alice, carol):
    access_requests.reject(asked, by=alice, reason="Who are you?")
    shown = text_of(browser(alice).get(f"{URL}/carol"))
    assert "alice rejected Who are you?" in shown
    assert "carol asked for access" in shown


def test_a_person_who_never_asked_has_no_page(browser, gated, alice, carol):
    assert browser(alice).get(f"{URL}/carol").status_code == 404


def test_who_withdrew_is_still_on_record(browser, gated, asked, alice, carol):
    access_requests.withdraw(gated, carol)
    assert "carol withdrew the request" in text_of(browser(alice).get(f"{URL}/carol"))


def test_with_the_gate_off_nothing_can_be_decided(browser, gated, asked, alice):
    from gatehouse.access import gating

    gating.configure(gated, gated="")
    page = browser(alice).get(URL)
    assert "Access requests are disabled" in text_of(page)
    assert "access-requests/-/decide" not in page.text


def test_the_screen_asks_the_database_little(browser, gated, alice, django_assert_max_num_queries):
    for number in range(5):
        access_requests.submit(gated, make_user(f"user{number}"), ANSWERS)
    client = browser(alice)
    client.get(URL)
    with django_assert_max_num_queries(10):
        client.get(URL)


@pytest.mark.parametrize(
    "start",
    [
        "0001-01-01T00:00:00+14:00~1",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00+00:00~" + "0" * 20 + "9" * 30,
        "2026-01-01T00:00:00+00:00~" + "9" * 5000,
    ],
)
def test_a_page_that_cannot_be_is_refused(browser, gated, alice, start):
    assert browser(alice).get(URL, {"start": start}).status_code == 400


def test_a_decision_is_undone_before_its_letter_leaves(browser, gated, asked, alice, carol):
    author = browser(alice)
    data = {"request": asked.public_id, "decision": "accepted", "seen": "pending"}
    page = author.post(f"{URL}/-/decide", data, follow=True)
    assert "No letter leaves in the first 20 seconds." in text_of(page)
    deliver_due()
    assert Letter.objects.get(to="carol@example.org").state == "waiting"
    assert "No letter" not in text_of(author.get(URL))  # offered once
    undone = author.post(f"{URL}/-/undo", data | {"decision": "pending", "seen": "accepted"}, follow=True)
    assert "The request of carol is put back among the pending ones." in text_of(undone)
    assert lists.own_request(gated, carol).status == "pending"
    assert not Letter.objects.filter(to="carol@example.org").exists()
    assert [event.action for event in lists.events(gated)] == ["cancel", "accept", "submit"]


def test_a_letter_about_a_decision_leaves_when_nobody_undoes_it(decide, asked):
    decide("accepted", asked)
    Letter.objects.update(next_at=timezone.now())
    deliver_due()
    assert Letter.objects.get(to="carol@example.org").state == "sent"
    decide("pending", asked, seen="accepted")  # too late to be undone in silence: a letter tells of it
    assert Letter.objects.filter(to="carol@example.org").count() == 2


def test_who_has_heard_of_a_decision_hears_of_its_undoing(browser, gated, asked, alice):
    access_requests.accept(asked, by=alice)
    Letter.objects.update(state=Letter.State.SENT)
    data = {"request": asked.public_id, "decision": "pending", "seen": "accepted"}
    browser(alice).post(f"{URL}/-/undo", data)
    assert Letter.objects.filter(to="carol@example.org", state=Letter.State.WAITING).count() == 1


def test_an_undo_is_offered_on_the_repo_that_was_decided_about(browser, gated, asked, alice):
    make_repo(alice, "gull", gated="manual")
    author = browser(alice)
    author.post(f"{URL}/-/decide", {"request": asked.public_id, "decision": "accepted", "seen": "pending"})
    assert "/-/undo" not in author.get("/alice/gull/access-requests").text


def test_answers_stand_side_by_side(browser, gated, asked, alice):
    AccessRequest.objects.create(
        repo=gated, user=make_user("dora"), status="pending", timestamp=timezone.now(), fields={"Company": "Tern Ltd"}
    )
    shown = text_of(browser(alice).get(f"{URL}?view=table"))
    assert "Person Company Country Purpose I agree Date" in shown
    assert browser(alice).get(f"{URL}?view=cards").status_code == 400


def test_the_counts_come_alone(browser, gated, asked, alice):
    shown = browser(alice).get(f"{URL}/-/counts?status=accepted").text
    assert "<html" not in shown
    assert text_of_part(shown) == "Pending 1 Accepted 0 Rejected 0 Reset 0 1"


def test_a_person_is_seen_across_the_owners_repos(browser, gated, asked, alice, carol):
    gull, other = make_repo(alice, "gull", gated="manual"), make_repo(make_user("mallory"), "own", gated="manual")
    access_requests.reject(access_requests.submit(gull, carol, {}), by=alice, reason="Too early.")
    access_requests.submit(other, carol, {})
    shown = text_of(browser(alice).get(f"{URL}/carol"))
    assert "Elsewhere with alice" in shown
    assert "alice/gull Too early. Rejected" in shown
    assert "mallory/own" not in shown


def test_reviewers_see_only_repos_they_decide_about(browser, acme, alice, carol):
    dora = make_user("dora")
    Membership.objects.create(organization=acme, user=dora, role="contributor")
    own = make_repo(acme, "own", creator=dora, gated="manual")
    for repo in (own, make_repo(acme, "hers", creator=alice, gated="manual")):
        access_requests.submit(repo, carol, {})
    assert "acme/hers" not in text_of(browser(dora).get("/acme/own/access-requests/carol"))
    assert "acme/hers" in text_of(browser(alice).get("/acme/own/access-requests/carol"))
