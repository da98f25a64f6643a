"""The repo's page shows the gate as it stands for whoever looks."""

import re

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.access import access_requests
from web_pages import text_of, without_secrets

ANSWERS = {"Company": "ACME", "Country": "DE", "Purpose": "other", "I agree": "on"}


@pytest.fixture
def asked(gated, carol):
    return access_requests.submit(gated, carol, ANSWERS)


def test_a_stranger_reads_the_terms_and_is_asked_to_sign_in(browser, gated):
    page = browser().get("/alice/tern")
    assert page.status_code == 200
    assert "Ask for Tern" in text_of(page)
    assert "<strong>kind</strong>" in page.text
    assert "/login?next=/alice/tern" in page.text
    assert 'name="Company"' not in page.text


def test_a_licence_that_the_terms_name_is_read_before_signing(browser, alice):
    card = "---\nextra_gated_prompt: See [the licence](LICENSE.md).\n---\n"
    make_repo(alice, "terms", files={"README.md": card, "LICENSE.md": "Be kind."}, gated="manual")
    link = re.search(r'<a href="([^"]+)"[^>]*>the licence</a>', browser().get("/alice/terms").text)
    assert "Be kind." in text_of(browser().get(link[1]))


def test_a_person_sees_the_form_in_the_cards_order(browser, gated, carol):
    page = browser(carol).get("/alice/tern").text
    places = [page.index(f'name="{label}"') for label in ANSWERS]
    assert places == sorted(places)
    assert '<option value="other">Something else</option>' in page
    assert '<option value="DE">Germany</option>' in page
    assert "Agree and send request to access repo" in page


def test_it_says_what_will_be_shared_before_the_button(browser, gated, carol):
    shown = text_of(browser(carol).get("/alice/tern"))
    assert "your e-mail address: carol@example.org" in shown
    assert "By agreeing you accept to share your contact information" in shown


def test_a_pending_request_can_be_withdrawn(browser, asked, carol):
    page = browser(carol).get("/alice/tern")
    assert "awaiting a review from the repo authors" in text_of(page)
    assert 'action="/alice/tern/withdraw"' in page.text


def test_a_rejected_person_reads_the_reason(browser, asked, alice, carol):
    access_requests.reject(asked, by=alice, reason="Use your <work> address.")
    page = browser(carol).get("/alice/tern")
    assert "Your request to access this repo has been rejected by the repo's authors" in text_of(page)
    assert "Use your &lt;work&gt; address." in page.text
    assert "ask-access" not in page.text


@pytest.mark.parametrize(("path", "status"), [("blob/main/config.json", 403), ("tree/main", 200)])
def test_before_a_closed_gate_the_state_is_told_in_the_readers_language(browser, asked, alice, carol, path, status):
    def sentence():
        page = browser(carol).get(f"/alice/tern/{path}", headers={"Accept-Language": "de"})
        assert page.status_code == status
        return text_of(page)

    assert "Ihre Anfrage auf Zugriff zu diesem Modell wartet" in sentence()
    access_requests.reject(asked, by=alice)
    assert "wurde von den Autoren abgelehnt" in sentence()


def test_after_a_reset_the_form_comes_back_with_the_former_answers(browser, asked, alice, carol):
    access_requests.reset(asked, by=alice, reason="Which company?")
    page = browser(carol).get("/alice/tern").text
    assert "Which company?" in page
    assert 'value="ACME"' in page
    assert '<option value="DE" selected>' in page


def test_who_has_access_is_told_so(browser, asked, alice, carol):
    access_requests.accept(asked, by=alice)
    shown = text_of(browser(carol).get("/alice/tern"))
    assert "Gated model You have been granted access to this model" in shown


def test_the_author_is_led_to_the_requests_that_wait(browser, asked, alice):
    page = browser(alice).get("/alice/tern")
    assert "1 waiting" in text_of(page)
    assert 'href="/alice/tern/access-requests"' in page.text


def test_a_member_of_the_organization_passes(browser, acme, bob):
    make_repo(acme, "model", gated="manual")
    assert "You have access as a member of acme" in text_of(browser(bob).get("/acme/model"))


def test_problems_of_the_form_are_for_authors_alone(browser, alice, carol):
    make_repo(alice, "odd", gated="auto", files={"README.md": "---\nextra_gated_fields:\n  A: strange\n---\n"})
    assert "unknown type" in browser(alice).get("/alice/odd").text
    assert "unknown type" not in browser(carol).get("/alice/odd").text


def test_a_broken_card_is_told_to_authors_alone(browser, alice, carol):
    make_repo(alice, "odd", files={"README.md": "---\nlicense: [mit\n---\n# Odd\n"})
    assert "metadata needs a look" in browser(alice).get("/alice/odd").text
    page = browser(carol).get("/alice/odd")
    assert page.status_code == 200
    assert "metadata needs a look" not in page.text


def test_markup_in_names_of_fields_is_text(browser, alice, carol):
    card = '---\nextra_gated_fields:\n  "<b>Company</b>": text\n---\n'
    make_repo(alice, "odd", gated="auto", files={"README.md": card})
    page = browser(carol).get("/alice/odd").text
    assert "<b>Company</b>" not in page
    assert 'name="&lt;b&gt;Company&lt;/b&gt;"' in page


def test_without_a_gate_there_is_no_box(browser, alice):
    make_repo(alice, "open")
    assert 'id="gate"' not in browser().get("/alice/open").text


def test_a_private_repo_looks_like_none_at_all(browser, alice, carol):
    make_repo(alice, "secret", private=True, gated="manual")
    for someone in (None, carol):
        there, nowhere = (browser(someone).get(f"/alice/{name}") for name in ("secret", "nothing"))
        assert there.status_code == nowhere.status_code == 404
        assert without_secrets(there).replace("secret", "nothing") == without_secrets(nowhere)


def test_a_former_name_leads_to_the_present_one(browser, gated, alice):
    from gatehouse.repos.repositories import move_repo

    move_repo(gated, alice.namespace, "arctic-tern")
    page = browser().get("/alice/tern/tree/main?x=1")
    assert (page.status_code, page["Location"]) == (302, "/alice/arctic-tern/tree/main?x=1")


def test_the_page_asks_the_database_little(browser, gated, carol, django_assert_max_num_queries):
    client = browser(make_user("dora"))
    client.get("/alice/tern")
    with django_assert_max_num_queries(10):
        client.get("/alice/tern")


def test_a_program_that_asked_is_shown_the_page(client, gated, carol):
    """The answer to a request sent by a program leads to this page, and clients follow it."""
    token = make_token(carol, "write")
    answers = {"Company": "ACME", "Country": "DE", "Purpose": "other", "I agree": "on"}
    asked = client.post("/alice/tern/ask-access", answers, "application/json", headers=auth(token))
    assert asked.status_code == 303
    page = client.get("/alice/tern", headers=auth(token))
    assert page.status_code == 200
    assert "A letter with the decision goes to carol@example.org" in text_of(page)


def test_a_token_sends_no_forms(client, gated, alice):
    page = client.post("/alice/tern/settings/disable", headers=auth(make_token(alice, "write")))
    assert page.status_code == 302
    gated.refresh_from_db()
    assert gated.gated == "manual"


def test_pictures_behind_the_gate_are_left_to_their_descriptions(browser, alice, carol):
    make_repo(alice, "tern", gated="auto", files={"README.md": "![A tern](tern.png) ![Far](https://example.org/x.png)"})
    assert 'src="/alice/tern/resolve/main/tern.png"' in browser(alice).get("/alice/tern").text
    page = browser(carol).get("/alice/tern").text
    assert "tern.png" not in page
    assert 'alt="A tern"' in page
    assert "https://example.org/x.png" in page
