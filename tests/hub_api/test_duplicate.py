"""A copy of a repo, for those who may have its files."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.access import access_requests
from gatehouse.repos import commits, possession
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs
from gatehouse.storage.git_operations import Delete, Put
from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    blob = blobs().receive([b"large"])
    files = {"README.md": "---\nlicense: mit\n---\n", "big.bin": make_pointer(blob.oid, 5), "sub/a.txt": "a"}
    repo = make_repo(make_user("alice"), files=files)
    possession.take_in(repo.pk, blob, user_pk=None)
    possession.name(repo.pk, [blob.oid])
    return repo


@pytest.fixture
def carol():
    return make_user("carol")


@pytest.fixture
def duplicate(client, source, carol):
    mine = make_token(carol, "write")

    def _duplicate(token=mine, **body):
        body = {"repository": "carol/copy"} | body
        headers = auth(token) if token else None
        return client.post("/api/models/alice/weights/duplicate", body, "application/json", headers=headers)

    return _duplicate


def test_a_copy_has_the_files_the_history_and_the_large_files(client, source, duplicate):
    told = duplicate().json()
    assert told == {"url": "http://testserver/carol/copy", "filesCopyPending": False}
    copy = client.get("/api/models/carol/copy").json()
    assert (copy["sha"], copy["cardData"], copy["private"]) == (source.head, {"license": "mit"}, False)
    assert possession.held_sizes(Repo.objects.get(name="copy").pk, [blobs().receive([b"large"]).oid])


def test_a_copy_has_no_large_file_that_the_source_has_dropped(client, source, carol, duplicate):
    secret, alices = blobs().receive([b"secret"]), auth(make_token(source.creator, "write"))
    possession.take_in(source.pk, secret, user_pk=None)
    for operation in (Put("secret.bin", make_pointer(secret.oid, 6)), Delete("secret.bin")):
        commits.commit(source, "main", [operation], user=source.creator, message="x")
        possession.name(source.pk, [secret.oid])
    squashed = client.post("/api/models/alice/weights/super-squash/main", {}, "application/json", headers=alices)
    assert (squashed.status_code, duplicate().status_code) == (200, 200)
    told = client.get("/api/models/carol/copy/lfs-files", headers=auth(make_token(carol, "write"))).json()
    assert [file["filename"] for file in told] == ["big.bin"]


def test_a_gated_repo_is_copied_by_those_inside_only_and_not_opened_to_all(source, carol, duplicate):
    Repo.objects.update(gated="manual")
    source.gated = "manual"
    answer = duplicate()
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    access_requests.grant(source, carol, by=source.creator)
    assert duplicate().status_code == 200
    copy = Repo.objects.get(name="copy")
    assert (copy.private, copy.gated) == (True, "")


def test_a_private_repo_cannot_be_copied_by_a_stranger(source, duplicate):
    Repo.objects.update(private=True)
    assert duplicate().headers["X-Error-Code"] == "RepoNotFound"


def test_who_sees_the_copy_can_be_chosen(duplicate):
    duplicate(visibility="private")
    assert Repo.objects.get(name="copy").private


def test_a_copy_needs_a_name_and_a_right(source, carol, duplicate):
    assert duplicate(None).status_code == 401
    assert duplicate(make_token(carol, "read")).status_code == 403
    assert duplicate(repository="alice/copy").status_code == 403
    assert duplicate(repository="copy").status_code == 400
    assert Repo.objects.count() == 1
    duplicate()
    again = duplicate()
    assert (again.status_code, again.json()["url"]) == (409, "http://testserver/carol/copy")


def test_a_copy_that_fails_leaves_nothing(monkeypatch, source, duplicate):
    monkeypatch.setattr("gatehouse.repos.duplicates.ALL_REFS", ("refs/heads/none",))
    assert duplicate().status_code == 500
    assert Repo.objects.count() == 1
