"""What the gate lets through /resolve and /raw, and how it says no."""

import pytest
from django.test import Client

from factories import make_repo, make_token, make_user
from gatehouse.access import access_requests
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import move_repo, set_private
from lean import basic, call

pytestmark = pytest.mark.django_db
FILE = "/alice/weights/resolve/main/config.json"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("door", ["resolve", "raw"])
def test_after_gating_a_stranger_without_a_name_gets_nothing(repo, method, door):
    reply = call(f"/alice/weights/{door}/main/config.json", method)
    assert (reply.status, reply.code) == (401, "GatedRepo")
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert b"model_type" not in reply.body


def test_it_says_the_same_sentence_in_body_and_header(repo, carol):
    reply = call(FILE, token=make_token(carol))
    assert (reply.status, reply.code) == (403, "GatedRepo")
    assert reply.text == reply.headers["x-error-message"]
    assert f"you are not in the authorized list. Visit {repo.url} to ask" in reply.text


def test_an_accepted_person_gets_the_file(repo, token):
    assert call(FILE, token=token).body == b'{"model_type": "tiny"}\n'


def test_taking_access_away_works_at_the_next_request(repo, token, alice, carol):
    assert call(FILE, token=token).status == 200
    access_requests.reject(access_requests.find(repo, user=carol), by=alice)
    reply = call(FILE, token=token)
    assert (reply.status, reply.code) == (403, "GatedRepo")
    assert "has been rejected" in reply.text


def test_a_basic_header_carries_a_token_too(repo, token):
    assert call(FILE, AUTHORIZATION=basic(token)).status == 200


@pytest.mark.parametrize("header", ["Basic", "Basic ???", "Basic YQ==", "Digest x", "Bearer", "Bearer no-such-token"])
def test_a_bad_authorization_header_is_refused(repo, header):
    reply = call(FILE, AUTHORIZATION=header)
    assert (reply.status, reply.text) == (401, "Invalid credentials in Authorization header")


def test_the_card_is_open_to_all_by_resolve_but_not_by_raw(repo):
    assert call("/alice/weights/resolve/main/README.md").body == b"# Weights\n"
    assert call("/alice/weights/raw/main/README.md").code == "GatedRepo"


@pytest.mark.parametrize(
    "path", ["readme.md", "notes/README.md", ".gitattributes", "LICENCE", "README.md/", "/README.md"]
)
def test_the_gate_comes_before_existence(repo, path):
    assert call(f"/alice/weights/resolve/main/{path}").code == "GatedRepo"


def test_an_open_file_that_is_not_there_is_not_found(repo):
    assert call("/alice/weights/resolve/main/LICENSE").code == "EntryNotFound"


def test_an_unknown_branch_is_refused_by_the_gate_first(repo, token):
    assert call("/alice/weights/resolve/nope/config.json").code == "GatedRepo"
    assert call("/alice/weights/resolve/nope/config.json", token=token).code == "RevisionNotFound"


def test_a_private_repo_looks_like_none(repo, carol):
    set_private(repo, private=True)
    mine = call(FILE, token=make_token(carol))
    nobody = call(FILE)
    assert (mine.status, mine.code) == (404, "RepoNotFound")
    assert (nobody.status, nobody.code, nobody.text) == (401, "RepoNotFound", "Invalid username or password.")
    assert (nobody.status, nobody.body) == (call(FILE.replace("weights", "nope")).status, nobody.body)


def test_a_former_name_goes_on_working(repo, token, alice):
    move_repo(repo, alice.namespace, "heavier")
    assert call(FILE, token=token).status == 200
    assert call(FILE).code == "GatedRepo"


def test_names_are_found_whatever_their_case(repo, token):
    assert call("/Alice/WEIGHTS/resolve/main/config.json", token=token).status == 200


def test_a_dataset_is_no_model(alice):
    make_repo(alice, "numbers", "dataset", files={"a.csv": "1\n"})
    assert call("/datasets/alice/numbers/resolve/main/a.csv").body == b"1\n"
    assert call("/alice/numbers/resolve/main/a.csv").code == "RepoNotFound"
    assert call("/spaces/alice/numbers/resolve/main/a.csv").code == "RepoNotFound"


def cookie_of(user) -> str:
    client = Client()
    client.force_login(user)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def test_a_browser_session_counts_as_its_person(repo, token, carol):
    assert call(FILE, COOKIE=cookie_of(carol)).status == 200


def test_a_session_of_somebody_without_access_is_told_so(repo):
    assert call(FILE, COOKIE=cookie_of(make_user("dave"))).status == 403


def test_a_session_ends_with_the_account_the_password_or_itself(repo, token, carol):
    cookie = cookie_of(carol)
    carol.set_password("another one")
    carol.save()
    assert call(FILE, COOKIE=cookie).status == 401
    cookie = cookie_of(carol)
    carol.is_active = False
    carol.save()
    assert call(FILE, COOKIE=cookie).status == 401
    assert call(FILE, COOKIE="gatehouse_session=made-up").status == 401


def test_a_token_wins_over_a_cookie(repo, token, carol):
    reply = call(FILE, COOKIE=cookie_of(carol), AUTHORIZATION="Bearer no-such-token")
    assert reply.status == 401


def test_bytes_behind_a_gate_are_kept_in_no_cache(repo, token, alice):
    make_repo(alice, "open", files={"a.txt": "a"})
    assert call(FILE, token=token).headers["cache-control"] == "private, no-store"
    assert call("/alice/open/resolve/main/a.txt").headers["cache-control"] == "public, no-cache"
    Repo.objects.filter(name="open").update(private=True)
    assert (
        call("/alice/open/resolve/main/a.txt", token=make_token(alice)).headers["cache-control"] == "private, no-store"
    )
