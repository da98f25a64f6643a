"""Asking for access in the browser."""

import pytest

from factories import make_repo
from gatehouse.access import access_requests, lists
from web_pages import text_of

ANSWERS = {"Company": "ACME", "Country": "DE", "Purpose": "other", "I agree": "on"}


def test_a_request_is_sent_and_the_page_says_what_comes_next(browser, gated, carol):
    page = browser(carol).post("/alice/tern/ask-access", ANSWERS, follow=True)
    assert page.redirect_chain == [("/alice/tern", 302)]
    assert "A letter with the decision goes to carol@example.org" in text_of(page)
    request = lists.own_request(gated, carol)
    assert (request.status, request.fields) == ("pending", ANSWERS)


def test_in_automatic_mode_the_files_open_at_once(browser, alice, carol):
    make_repo(alice, "auto", gated="auto", files={"notes.txt": "hello"})
    client = browser(carol)
    assert client.get("/alice/auto/blob/main/notes.txt").status_code == 403
    assert "You have access now." in client.post("/alice/auto/ask-access", follow=True).text
    assert "hello" in client.get("/alice/auto/blob/main/notes.txt").text


def test_a_wrong_answer_is_told_at_its_field_and_nothing_typed_is_lost(browser, gated, carol):
    page = browser(carol).post("/alice/tern/ask-access", {"Company": "ACME <Ltd>", "Country": "XX"})
    assert page.status_code == 400
    assert "Your request was not sent yet" in text_of(page)
    assert 'value="ACME &lt;Ltd&gt;"' in page.text
    assert page.text.count("Please choose a country") == 2
    assert 'href="#question-3"' in page.text
    assert lists.own_request(gated, carol) is None


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/alice/tern/ask-access", "/alice/tern"),
        ("/alice/tern/settings/grant", "/alice/tern/settings"),
        ("/alice/tern/access-requests/-/decide", "/alice/tern/access-requests"),
        ("/acme/-/members/add", "/acme/-/members"),
    ],
)
def test_the_address_of_a_form_leads_to_its_page(client, form, page):
    """A form that was refused stands there: one reloads it, or changes the language at its foot."""
    assert client.get(form)["Location"] == page
    assert client.put(form).status_code == 405


def test_it_refuses_a_form_without_the_pages_secret(browser, gated, carol):
    page = browser(carol, enforce_csrf_checks=True).post("/alice/tern/ask-access", ANSWERS)
    assert page.status_code == 403
    assert "not sent from a page of this hub" in text_of(page)
    assert lists.own_request(gated, carol) is None


def test_a_stranger_is_led_to_sign_in_and_back_to_the_repo(browser, gated):
    page = browser().post("/alice/tern/ask-access", ANSWERS, headers={"Referer": "http://testserver/alice/tern"})
    assert page["Location"] == "/login?next=%2Falice%2Ftern"


def test_a_rejected_person_cannot_ask_again(browser, gated, alice, carol):
    access_requests.reject(access_requests.submit(gated, carol, ANSWERS), by=alice)
    browser(carol).post("/alice/tern/ask-access", ANSWERS)
    assert lists.own_request(gated, carol).status == "rejected"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"])
def test_next_leads_nowhere_else(browser, gated, carol, target):
    page = browser(carol).post(f"/alice/tern/ask-access?next={target}", ANSWERS)
    assert page["Location"] == "/alice/tern"


def test_a_request_is_withdrawn(browser, gated, carol):
    access_requests.submit(gated, carol, ANSWERS)
    page = browser(carol).post("/alice/tern/withdraw", {"next": "/settings/gated-repos"}, follow=True)
    assert page.redirect_chain == [("/settings/gated-repos", 302)]
    assert "was withdrawn" in page.text
    assert lists.own_request(gated, carol) is None


def test_a_request_that_was_decided_meanwhile_is_not_withdrawn(browser, gated, alice, carol):
    access_requests.accept(access_requests.submit(gated, carol, ANSWERS), by=alice)
    page = browser(carol).post("/alice/tern/withdraw", follow=True)
    assert "There was nothing to withdraw" in page.text
    assert lists.own_request(gated, carol).status == "accepted"


def test_the_form_of_a_hidden_repo_is_taken_from_nobody(browser, alice, carol):
    make_repo(alice, "secret", private=True, gated="auto")
    assert browser(carol).post("/alice/secret/ask-access").status_code == 404
