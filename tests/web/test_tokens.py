"""The page of access tokens."""

import re
from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps

from factories import auth, make_repo, make_token
from gatehouse.accounts.actor import Right, digest, token_scope
from gatehouse.accounts.models import AccessToken
from gatehouse.accounts.tokens import actor_from_token
from gatehouse.repos.repositories import move_repo
from web_pages import text_of

URL = "/settings/tokens"


@pytest.fixture
def make(browser, alice):
    """Give a function that sends the form for a new token."""
    return lambda **data: browser(alice).post(URL, {"name": "laptop", "scope": "read", "days": "0"} | data)


def token_on(page):
    return re.search(r"hf_\w{34}", page.text)[0]


def test_a_new_token_is_shown_once_and_works(make, browser, alice):
    page = make()
    token = token_on(page)
    assert page["Cache-Control"] == "no-store"
    assert actor_from_token(token).username == "alice"
    assert token not in browser(alice).get(URL).text
    assert f"hf_…{token[-4:]}" in browser(alice).get(URL).text


def test_a_fine_grained_token_does_what_is_listed(make, acme, alice):
    rows, tern = make_repo(alice, "rows", "dataset"), make_repo(alice, "tern")
    lines = {"read": "acme\ndatasets/alice/rows", "write": "alice/tern\nalice/new", "reads_gated": "on"}
    scope = actor_from_token(token_on(make(scope="fineGrained", **lines))).token
    assert scope.reads_gated
    assert scope.covers("dataset", "acme/x", write=False, repo=999)
    assert scope.covers("dataset", "alice/rows", write=False, repo=rows.pk)
    assert not scope.covers("dataset", "alice/rows", write=True, repo=rows.pk)
    assert scope.covers("model", "alice/tern", write=True, repo=tern.pk)
    assert not scope.covers("model", "alice/tern", write=True, repo=999)
    assert scope.covers("model", "alice/new", write=True)
    assert not scope.covers("model", "alice/new", write=True, repo=999)
    assert not scope.covers("model", "acme/x", write=True)


def test_a_fine_grained_token_means_a_repo_whatever_it_is_called(make, browser, alice):
    repo = make_repo(alice, "Tern", private=True)
    scope = actor_from_token(token_on(make(scope="fineGrained", write="alice/tern"))).token
    move_repo(repo, alice.namespace, "Gull")
    other = make_repo(alice, "tern", private=True)
    assert [scope.covers("model", each.key, write=True, repo=each.pk) for each in (repo, other)] == [True, False]
    assert "writes alice/Gull" in text_of(browser(alice).get(URL))


def test_a_hidden_repo_is_no_more_than_a_name(make, browser, alice, carol):
    hidden = make_repo(carol, "secret", private=True)
    scope = actor_from_token(token_on(make(scope="fineGrained", read="carol/secret"))).token
    assert not scope.covers("model", hidden.key, write=False, repo=hidden.pk)
    move_repo(hidden, carol.namespace, "renamed")
    assert "reads carol/secret" in text_of(browser(alice).get(URL))


def test_tokens_of_before_are_bound_to_what_they_reached(alice):
    repo = make_repo(alice, "tern")
    old = (
        Right("alice/tern", "model", write=True),
        Right("alice/gone", "model", write=False),
        Right("alice", None, write=False),
    )
    scopes = [token_scope("fineGrained", _bound_by_migration(make_token(alice, "fineGrained", rights=old)))]
    scopes.append(
        token_scope("fineGrained", _bound_by_migration(make_token(alice, "fineGrained", rights=scopes[0].rights)))
    )
    assert scopes[0].rights == scopes[1].rights == (replace(old[0], repo=repo.pk), *old[1:])


def _bound_by_migration(token):
    import_module("gatehouse.accounts.migrations.0008_rights_by_row").bind_all(apps, None)
    return AccessToken.objects.get(digest=digest(token)).rights


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scope": "admin"}, "valid choice"),
        ({"name": ""}, "required"),
        ({"days": "-1"}, "valid choice"),
        ({"scope": "fineGrained"}, "could do nothing"),
        ({"scope": "fineGrained", "read": "nobody"}, "no user or organization called"),
        ({"scope": "fineGrained", "write": "alice/a/c"}, "is not a repo id"),
        ({"scope": "fineGrained", "write": "alice/.git"}, "not a valid repo name"),
    ],
)
def test_a_wrong_form_makes_no_token(make, wrong, said):
    page = make(**wrong)
    assert page.status_code == 400
    assert said in text_of(page)
    assert not AccessToken.objects.exists()


def test_a_token_may_expire(make):
    make(days="30")
    row = AccessToken.objects.get()
    assert (row.expires_at - row.created_at).days in {29, 30}


def test_a_revoked_token_is_shut_out_at_once(make, browser, alice, client):
    token = token_on(make())
    row = AccessToken.objects.get()
    browser(alice).post(f"{URL}/{row.public_id}/revoke")
    assert client.get("/api/whoami-v2", headers=auth(token)).status_code == 401


def test_nobody_revokes_the_tokens_of_others(browser, alice, carol):
    make_token(alice)
    row = AccessToken.objects.get()
    browser(carol).post(f"{URL}/{row.public_id}/revoke")
    assert AccessToken.objects.exists()
    assert row.hint not in browser(carol).get(URL).text


def test_a_token_opens_no_settings(client, alice):
    token = make_token(alice, "write")
    assert client.get(URL, headers=auth(token))["Location"] == "/login?next=%2Fsettings%2Ftokens"
