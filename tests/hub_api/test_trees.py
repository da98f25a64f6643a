"""Files and folders: names for everybody, hashes of large files for readers."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import commits
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.django_db
REPO = "/api/datasets/alice/weights"
OID = "ab" * 32
FILES = {"a.txt": "a", "big.bin": make_pointer(OID, 7), "sub/b c.txt": "bb", "sub/deep/c.txt": "ccc"}


@pytest.fixture
def repo():
    return make_repo(make_user("alice"), kind="dataset", files=FILES)


def _paths(answer):
    return [entry["path"] for entry in answer.json()]


@pytest.mark.parametrize(
    ("tail", "paths"),
    [
        ("main", [".gitattributes", "a.txt", "big.bin", "sub"]),
        ("main/sub", ["sub/b c.txt", "sub/deep"]),
        ("main/sub%2Fdeep", ["sub/deep/c.txt"]),
        ("main/sub/deep/?recursive=true", ["sub/deep/c.txt"]),
        ("main/sub?recursive=True", ["sub/b c.txt", "sub/deep", "sub/deep/c.txt"]),
        ("HEAD/sub", ["sub/b c.txt", "sub/deep"]),
        ("refs%2Fheads%2Fmain/sub/deep", ["sub/deep/c.txt"]),
    ],
)
def test_a_folder_tells_what_it_holds(client, repo, tail, paths):
    assert _paths(client.get(f"{REPO}/tree/{tail}")) == paths


def test_an_entry_is_written_as_on_the_hub(client, repo):
    entries = {entry["path"]: entry for entry in client.get(f"{REPO}/tree/main").json()}
    assert entries["a.txt"] == {
        "type": "file",
        "oid": "2e65efe2a145dda7ee51d1741299f848e5bf752e",
        "size": 1,
        "path": "a.txt",
    }
    assert entries["big.bin"]["lfs"] == {"oid": OID, "size": 7, "pointerSize": 126}
    assert entries["sub"]["type"] == "directory"


def test_a_branch_with_a_slash_is_told_apart_from_a_folder(client, repo):
    client.post(f"{REPO}/branch/sub%2Fx", {}, "application/json", headers=auth(make_token(repo.creator, "write")))
    commits.commit(repo, "sub/x", [Put("sub/only-here.txt", b"")], user=repo.creator, message="x")
    assert "sub/only-here.txt" in _paths(client.get(f"{REPO}/tree/sub%2Fx/sub"))


def test_pages_follow_each_other_to_the_end(client, repo):
    url, seen = f"{REPO}/tree/main?recursive=true&limit=2", []
    while url:
        answer = client.get(url)
        seen.append(_paths(answer))
        link = answer.headers.get("Link", "")
        assert not link or (link.startswith("<http://testserver/api/") and link.endswith('>; rel="next"'))
        url = link.partition(">")[0].removeprefix("<http://testserver")
    assert [len(page) for page in seen] == [2, 2, 2, 1]
    assert len({path for page in seen for path in page}) == 7


def test_expand_tells_who_touched_an_entry_last(client, repo):
    commits.commit(repo, "main", [Put("sub/deep/c.txt", b"new")], user=repo.creator, message="Change c\n\nmore")
    titles = {e["path"]: e["lastCommit"]["title"] for e in client.get(f"{REPO}/tree/main?expand=True").json()}
    assert titles == {
        ".gitattributes": "initial commit",
        "a.txt": "Add files",
        "big.bin": "Add files",
        "sub": "Change c",
    }


@pytest.mark.parametrize(
    ("tail", "code"), [("main/none", "EntryNotFound"), ("none", "RevisionNotFound"), ("main/a.txt", "EntryNotFound")]
)
def test_what_is_not_there_is_told_apart(client, repo, tail, code):
    answer = client.get(f"{REPO}/tree/{tail}")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, code)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "recursive=maybe"])
def test_a_query_that_makes_no_sense_is_refused(client, repo, query):
    assert client.get(f"{REPO}/tree/main?{query}").status_code == 400


def test_a_cursor_that_nobody_gave_out_does_no_harm(client, repo):
    for cursor in ("zzz", "%FF", "../..", "a.txt/none"):
        assert client.get(f"{REPO}/tree/main?cursor={cursor}").status_code == 200


@pytest.mark.parametrize("kind", ["form", "json", "one"])
def test_paths_are_looked_up_and_missing_ones_dropped(client, repo, kind):
    body = {"paths": "sub" if kind == "one" else ["a.txt", "sub", "none", "../x", "a.txt", ""], "expand": True}
    sent = (body,) if kind == "form" else (body, "application/json")
    answer = client.post(f"{REPO}/paths-info/main", *sent)
    assert _paths(answer) == (["sub"] if kind == "one" else ["a.txt", "sub"])
    assert answer.json()[0]["lastCommit"]["title"] == "Add files"


@pytest.mark.parametrize("body", [{"paths": 5}, {"paths": [None]}, {}, [], {"paths": ["x"] * 2001}])
def test_paths_that_are_none_are_refused(client, repo, body):
    assert client.post(f"{REPO}/paths-info/main", body, "application/json").status_code == 400


def test_a_form_of_too_many_paths_is_refused(client, repo):
    assert client.post(f"{REPO}/paths-info/main", {"paths": ["x"] * 3000}).status_code == 400


@pytest.mark.parametrize("status", [None, "pending", "accepted"])
def test_the_hash_of_a_gated_file_is_for_readers(client, repo, status):
    repo.gated = "manual"
    repo.save()
    carol = make_user("carol")
    if status:
        repo.access_requests.create(user=carol, status=status, timestamp=repo.created_at)
    headers = auth(make_token(carol))
    oids = {
        client.get(f"{REPO}/tree/main", headers=headers).json()[2]["lfs"]["oid"],
        client.post(f"{REPO}/paths-info/main", {"paths": ["big.bin"]}, headers=headers).json()[0]["lfs"]["oid"],
        client.get(f"{REPO}?blobs=true", headers=headers).json()["siblings"][2]["lfs"]["sha256"],
    }
    assert oids == {OID if status == "accepted" else "*" * 64}


def test_the_size_of_a_folder_is_that_of_its_files(client, repo):
    assert client.get(f"{REPO}/treesize/main/sub").json() == {"path": "/sub", "size": 5}
    assert client.get(f"{REPO}/treesize/main/a.txt").json() == {"path": "/a.txt", "size": 1}
