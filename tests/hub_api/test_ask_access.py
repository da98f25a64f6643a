"""Asking for access by a program."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.access.models import AccessRequest

pytestmark = pytest.mark.django_db
URL = "/datasets/alice/corpus/ask-access"
CARD = "---\nextra_gated_fields:\n  Company: text\n  I agree: checkbox\n---\n"
ANSWERS = {"Company": "ACME", "I agree": "on"}


@pytest.fixture
def repo():
    return make_repo(make_user("alice"), "corpus", "dataset", gated="manual", files={"README.md": CARD})


@pytest.fixture
def carol():
    return make_user("carol")


@pytest.fixture
def ask(client, repo, carol):
    mine = make_token(carol, "write")
    return lambda *sent, url=URL, token=mine: client.post(url, *sent, headers=auth(token))


@pytest.mark.parametrize("sent", [(ANSWERS, "application/json"), (ANSWERS | {"csrf": "x"},)])
def test_a_program_asks_and_is_led_to_the_repo(ask, sent):
    answer = ask(*sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://testserver/datasets/alice/corpus")
    request = AccessRequest.objects.get()
    assert (request.status, request.fields) == ("pending", ANSWERS)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/models?x=1", "/models?x=1"),
        ("//evil.example", ""),
        ("https://evil.example", ""),
        ("\\\\evil", ""),
        ("/\\evil", ""),
    ],
)
def test_it_leads_on_within_this_hub_only(ask, given, path):
    answer = ask(ANSWERS, "application/json", url=f"{URL}?next={given}")
    assert answer.headers["Location"] == "http://testserver" + (path or "/datasets/alice/corpus")


def test_wrong_answers_are_named_and_nothing_is_stored(ask):
    answer = ask({"Company": "", "Shoe size": "43"}, "application/json")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"Company", "I agree", "Shoe size"}
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("body", ["[]", "{", '"x"', '{"Company": "\\u0000"}'])
def test_a_body_that_is_no_form_is_refused(ask, body):
    assert ask(body, "application/json").status_code == 400


def test_asking_twice_changes_nothing(ask):
    ask(ANSWERS, "application/json")
    before = AccessRequest.objects.values().get()
    assert ask(ANSWERS | {"Company": "Other"}, "application/json").status_code == 303
    assert AccessRequest.objects.values().get() == before


def test_a_rejected_person_is_not_told_and_stays_rejected(ask, repo, carol):
    AccessRequest.objects.create(repo=repo, user=carol, status="rejected", timestamp=repo.created_at)
    assert ask(ANSWERS, "application/json").status_code == 303
    assert AccessRequest.objects.get().status == "rejected"


def test_nobody_asks_without_a_name_or_by_a_token_for_reading(client, ask, repo, carol):
    assert client.post(URL, ANSWERS, "application/json").status_code == 401
    assert ask(ANSWERS, "application/json", token=make_token(carol, "read")).status_code == 403
    assert not AccessRequest.objects.exists()


def test_a_browser_session_needs_the_csrf_token_whatever_it_sends(client, repo, carol):
    client.handler.enforce_csrf_checks = True
    client.force_login(carol)
    assert client.post(URL, ANSWERS, "application/json").status_code == 403
    assert client.post(URL, ANSWERS).status_code == 403
    assert not AccessRequest.objects.exists()


def test_an_open_repo_needs_no_asking(ask, repo):
    repo.gated = ""
    repo.save()
    answer = ask(ANSWERS, "application/json")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (400, "RepoNotGated")


def test_a_hidden_repo_cannot_be_asked_for(ask, repo):
    repo.private = True
    repo.save()
    answer = ask(ANSWERS, "application/json")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RepoNotFound")


def test_a_program_that_looks_there_finds_nothing(client, repo, carol):
    assert client.get(URL, headers=auth(make_token(carol))).status_code == 404


def test_a_line_break_in_next_writes_no_header(ask):
    answer = ask(ANSWERS, "application/json", url=f"{URL}?next=/a%0d%0aSet-Cookie:%20b=c")
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://testserver/a%0D%0ASet-Cookie:%20b=c")
