"""The large files that belong to a repo."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import commits, possession
from gatehouse.repos.repositories import blobs
from gatehouse.storage.git_operations import Delete, Put
from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.django_db
REPO = "/api/models/alice/weights"


@pytest.fixture
def repo():
    return make_repo(make_user("alice"))


@pytest.fixture
def headers(repo):
    return auth(make_token(repo.creator, "write"))


def _upload(repo, path, data, *, then_delete=False):
    blob = blobs().receive([data])
    possession.take_in(repo.pk, blob, user_pk=None)
    if path:
        commits.commit(repo, "main", [Put(path, make_pointer(blob.oid, blob.size))], user=repo.creator, message="x")
    if then_delete:
        commits.commit(repo, "main", [Delete(path)], user=repo.creator, message="x")
    return blob.oid


def test_every_file_is_listed_with_a_name_that_it_has_or_had(client, repo, headers):
    here = _upload(repo, "here.bin", b"1")
    gone = _upload(repo, "gone.bin", b"22", then_delete=True)
    never = _upload(repo, "", b"333")
    told = client.get(f"{REPO}/lfs-files", headers=headers).json()
    assert [(file["fileOid"], file["filename"], file.get("ref"), file["size"]) for file in told] == [
        (here, "here.bin", "main", 1),
        (gone, "gone.bin", None, 2),
        (never, "", None, 3),
    ]
    assert told[0]["pushedAt"].endswith("Z")


def test_the_list_comes_in_pages(client, repo, headers):
    oids = [_upload(repo, "", bytes([n])) for n in range(3)]
    first = client.get(f"{REPO}/lfs-files?limit=2", headers=headers)
    url = first.headers["Link"].partition(">")[0].removeprefix("<http://testserver")
    second = client.get(url, headers=headers)
    assert [file["oid"] for file in first.json() + second.json()] == oids
    assert "Link" not in second.headers


def test_a_file_is_given_up_for_good(client, repo, headers):
    first, second = _upload(repo, "a.bin", b"1"), _upload(repo, "b.bin", b"2")
    body = {"deletions": {"sha": [first], "rewriteHistory": False}}
    assert client.post(f"{REPO}/lfs-files/batch", body, "application/json", headers=headers).status_code == 200
    assert client.delete(f"{REPO}/lfs-files/{second}?rewriteHistory=false", headers=headers).status_code == 200
    assert possession.held_sizes(repo.pk, [first, second]) == {}


def test_its_pointers_go_from_all_of_history_if_the_caller_does_not_say_otherwise(client, repo, headers):
    oid, kept = _upload(repo, "a.bin", b"1"), _upload(repo, "b.bin", b"2")
    body = {"deletions": {"sha": [oid]}}
    assert client.post(f"{REPO}/lfs-files/batch", body, "application/json", headers=headers).status_code == 200
    assert possession.held_sizes(repo.pk, [oid, kept]) == {kept: 1}
    told = client.get(REPO).json()
    assert [file["rfilename"] for file in told["siblings"]] == [".gitattributes", "b.bin"]
    assert [file["filename"] for file in client.get(f"{REPO}/lfs-files", headers=headers).json()] == ["b.bin"]
    assert len(client.get(f"{REPO}/commits/main").json()) == 3


def _copy(client, repo, oid, target, headers):
    body = {
        "target": {"type": "model", "name": target},
        "files": [{"xetHash": "0" * 64, "sha256": oid, "filename": "x"}],
    }
    return client.post(f"{REPO}/lfs-files/duplicate", body, "application/json", headers=headers)


def test_files_are_copied_to_a_repo_of_ones_own(client, repo, headers):
    oid = _upload(repo, "a.bin", b"1")
    carol = make_user("carol")
    target = make_repo(carol, "mine")
    told = _copy(client, repo, oid, "carol/mine", auth(make_token(carol, "write"))).json()
    assert told == {"success": True, "processed": 1, "succeeded": 1, "failed": []}
    assert possession.holds(target.pk, oid)
    [failed] = _copy(client, repo, "ab" * 32, "carol/mine", auth(make_token(carol, "write"))).json()["failed"]
    assert failed["error"] == "The file is not in this repo."


def test_files_are_not_copied_past_the_gate_nor_into_strangers_repos(client, repo, headers):
    oid = _upload(repo, "a.bin", b"1")
    carol = make_user("carol")
    target = make_repo(carol, "mine")
    assert _copy(client, repo, oid, "carol/mine", headers).status_code == 403
    repo.gated = "manual"
    repo.save()
    for known in (oid, "*" * 64):  # clients send on what a tree told them, the mask included
        answer = _copy(client, repo, known, "carol/mine", auth(make_token(carol, "write")))
        assert (answer.status_code, answer.headers["X-Error-Code"]) == (403, "GatedRepo")
    assert not possession.holds(target.pk, oid)


def test_only_who_may_write_lists_and_gives_up(client, repo):
    for token, status in ((None, 401), (make_token(make_user("carol"), "write"), 403), (make_token(repo.creator), 403)):
        headers = auth(token) if token else None
        assert client.get(f"{REPO}/lfs-files", headers=headers).status_code == status
        assert (
            client.delete(f"{REPO}/lfs-files/{'ab' * 32}?rewriteHistory=false", headers=headers).status_code == status
        )


def test_a_sha_that_is_none_is_refused(client, repo, headers):
    assert client.delete(f"{REPO}/lfs-files/zz?rewriteHistory=false", headers=headers).status_code == 400
