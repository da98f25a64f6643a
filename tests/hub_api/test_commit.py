"""Commits over the wire: all their forms, and nothing half-written."""

import base64
import io
import json

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.accounts.models import AccessToken, User
from gatehouse.repos import possession
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs, open_git
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import find_entry, read_blob
from gatehouse.storage.pointers import make_pointer
from lean import Meanwhile

pytestmark = pytest.mark.django_db
REPO = "/api/models/alice/weights"
HEADER = {"key": "header", "value": {"summary": "Change things", "description": "For good reasons"}}


def line(key, **value):
    return {"key": key, "value": value}


def file(path, content, **more):
    return line("file", path=path, content=content, **more)


def keep(repo, data):
    """Put bytes into a repo, as an upload does; give their sha256."""
    blob = blobs().receive([data])
    possession.take_in(repo.pk, blob, user_pk=None)
    return blob.oid


def content(repo, path, revision="main"):
    git = open_git(repo.public_id)
    return read_blob(git, find_entry(git, resolve_revision(git, revision), path).oid)


@pytest.fixture
def repo():
    return make_repo(make_user("alice"), files={"a.txt": "a", "sub/b.txt": "b", "sub/c.txt": "c"})


@pytest.fixture
def send(client, repo):
    """Send lines, or raw bytes, as Alice or as another bearer."""
    mine = make_token(repo.creator, "write")

    def _send(*lines, to=f"{REPO}/commit/main", token=mine, kind="application/x-ndjson"):
        body = lines[0] if isinstance(lines[0], bytes) else "\n".join(map(json.dumps, lines))
        return client.generic("POST", to, body, kind, headers=auth(token) if token else None)

    return _send


def paths(client, revision="main"):
    entries = client.get(f"{REPO}/tree/{revision}?recursive=true").json()
    return [entry["path"] for entry in entries if entry["type"] == "file"][1:]


def test_a_commit_writes_files_and_says_where_it_is(client, repo, send):
    encoded = base64.b64encode(b"\xff\x00").decode()
    answer = send(HEADER, file("new.txt", "ünï"), file("raw", encoded, encoding="base64"), file("empty", ""))
    told = answer.json()
    assert (answer.status_code, told["success"], told["hookOutput"]) == (200, True, "")
    assert told["commitUrl"] == f"http://testserver/alice/weights/commit/{told['commitOid']}"
    assert [content(repo, path) for path in ("new.txt", "raw", "empty")] == ["ünï".encode(), b"\xff\x00", b""]
    [newest, *_] = client.get(f"{REPO}/commits/main").json()
    assert (newest["id"], newest["title"], newest["message"]) == (
        told["commitOid"],
        "Change things",
        "For good reasons",
    )
    assert newest["authors"] == [{"user": "alice"}]
    assert client.get(REPO).json()["sha"] == told["commitOid"]


def test_files_and_folders_are_deleted(client, send):
    assert send(HEADER, line("deletedFile", path="sub")).status_code == 200
    send(HEADER, file("sub/b", ""))
    send(HEADER, file("x/y", ""), file("z", ""))
    send(HEADER, line("deletedFile", path="a.txt"), line("deletedFolder", path="sub/"), line("deletedEntry", path="x"))
    assert paths(client) == ["z"]


def test_files_are_renamed_with_and_without_new_content(client, repo, send):
    oid = keep(repo, b"large")
    send(HEADER, line("lfsFile", path="big.bin", oid=oid, algo="sha256", size=5))
    send(
        HEADER,
        line("file", path="moved.txt", oldPath="a.txt"),
        file("changed.txt", "new", oldPath="sub/b.txt"),
        line("lfsFile", path="big2.bin", oldPath="big.bin", size=5),
    )
    assert paths(client) == ["big2.bin", "changed.txt", "moved.txt", "sub/c.txt"]
    assert content(repo, "moved.txt") == b"a"
    assert content(repo, "big2.bin") == make_pointer(oid, 5)


def test_the_older_form_of_one_object_is_taken(client, repo, send):
    body = {
        "summary": "All",
        "files": [{"path": "n.txt", "content": "n"}],
        "lfsFiles": [{"path": "l.bin", "oid": keep(repo, b"large"), "size": 5}],
        "deletedFiles": [{"path": "a.txt"}],
        "deletedFolders": [{"path": "sub"}],
    }
    assert send(body, kind="application/json").status_code == 200
    assert paths(client) == ["l.bin", "n.txt"]


def test_a_large_file_may_come_without_its_size(repo, send):
    oid = keep(repo, b"large")
    assert send(HEADER, line("lfsFile", path="l.bin", oid=oid)).status_code == 200
    assert content(repo, "l.bin") == make_pointer(oid, 5)


@pytest.mark.parametrize("name", ["next", "feature/x"])
def test_a_commit_to_a_branch_leaves_main_alone(client, repo, send, name):
    client.post(f"{REPO}/branch/{name}", {}, "application/json", headers=auth(make_token(repo.creator, "write")))
    assert send(HEADER, file("a.txt", "new"), to=f"{REPO}/commit/{name}").status_code == 200
    assert (content(repo, "a.txt", name), content(repo, "a.txt")) == (b"new", b"a")


def test_the_same_content_on_a_second_branch_is_there(client, repo, send):
    client.post(f"{REPO}/branch/next", {}, "application/json", headers=auth(make_token(repo.creator, "write")))
    send(HEADER, file("same.txt", "same"))
    send(HEADER, file("same.txt", "same"), to=f"{REPO}/commit/next")
    assert (content(repo, "same.txt"), content(repo, "same.txt", "next")) == (b"same", b"same")


def test_a_card_is_read_again(client, send):
    send(HEADER, file("README.md", "---\nlicense: mit\n---\n"), to=f"{REPO}/commit/refs%2Fheads%2Fmain")
    assert client.get(REPO).json()["cardData"] == {"license": "mit"}


@pytest.mark.parametrize("length", [40, 7])
def test_a_commit_builds_on_the_parent_it_names(repo, send, length):
    header = line("header", summary="x", parentCommit=repo.head[:length])
    assert send(header, file("a.txt", "1")).status_code == 200
    answer = send(header, file("a.txt", "2"))
    assert answer.status_code == 412
    assert answer.json()["error"].startswith("The branch was updated since you opened this page.")
    assert content(repo, "a.txt") == b"1"


def test_a_commit_that_changes_nothing_is_none(repo, send):
    assert send(HEADER, file("a.txt", "a")).json()["commitOid"] == repo.head


BAD_LINES = [
    (b"", 400),
    (b"\n\n", 400),
    (b"{", 400),
    (b"\xff\xfe\x00", 400),
    (b"[" * 100_000, 400),
    (json.dumps(file("a.txt", "x")).encode(), 400),
    ([{"key": "header", "value": {}}], 400),
    ([line("header", summary="")], 400),
    ([line("header", summary="x", parentCommit="not hex")], 400),
    ([HEADER, HEADER], 400),
    ([HEADER, 5], 400),
    ([HEADER, {"key": 5}], 400),
    ([HEADER, line("unknown", path="x")], 400),
    ([HEADER, file("x", "?", encoding="base64")], 400),
    ([HEADER, file("x", "aGk", encoding="base64")], 400),
    ([HEADER, file("x", "", encoding="latin-1")], 400),
    ([HEADER, file("x", "\ud800")], 400),
    ([HEADER, file("\ud800", "x")], 422),
    ([HEADER, line("file", path="x")], 400),
    ([HEADER, line("file", content="x")], 400),
    ([HEADER, line("file", path="x", oldPath="none")], 404),
    ([HEADER, line("lfsFile", path="x")], 400),
    ([HEADER, line("lfsFile", path="x", oid="ab")], 400),
    ([HEADER, line("lfsFile", path="x", oid="AB" * 32)], 400),
    ([HEADER, line("lfsFile", path="x", oid="ab" * 32, algo="md5")], 400),
    ([HEADER, line("lfsFile", path="x", oid="ab" * 32, size=-1)], 400),
    ([HEADER, line("lfsFile", path="x", oid="ab" * 32, size=2**80)], 400),
    ([HEADER, line("lfsFile", path="x", oid="ab" * 32, size=1)], 422),
    ([HEADER, line("lfsFile", path="x", oid="ab" * 32)], 422),
    ([HEADER, line("deletedFile", path="none")], 404),
    ([HEADER, line("deletedFolder", path="a.txt")], 404),
    ([HEADER, line("deletedEntry", path="")], 422),
    ([HEADER, file("sub", "x")], 422),
    ([HEADER, file("a.txt/x", "x")], 422),
    *(
        ([HEADER, file(path, "x")], 422)
        for path in ("", "../x", "a/../b", "/x", "a//b", ".git/x", "a\0b", "..\\ddd", "x" * 5000)
    ),
]


@pytest.mark.parametrize(("lines", "status"), BAD_LINES)
def test_what_is_no_commit_is_refused_and_nothing_written(client, repo, send, lines, status):
    before = client.get(f"{REPO}/refs").json()
    good = [HEADER, file("good.txt", "good")]
    lines = [*good, *lines[1:]] if isinstance(lines, list) and lines[0] == HEADER else lines
    answer = send(lines) if isinstance(lines, bytes) else send(*lines)
    assert answer.status_code == status, answer.content
    assert answer.headers["X-Error-Message"]
    assert client.get(f"{REPO}/refs").json() == before


def test_a_file_to_delete_that_is_not_there_is_named(send):
    answer = send(HEADER, line("deletedFile", path="none"))
    assert answer.headers["X-Error-Code"] == "EntryNotFound"
    assert "A file with this name doesn't exist" in answer.json()["error"]


@pytest.mark.parametrize("revision", ["nowhere", "v1", "0" * 40])
def test_what_is_no_branch_takes_no_commit(client, repo, send, revision):
    client.post(f"{REPO}/tag/main", {"tag": "v1"}, "application/json", headers=auth(make_token(repo.creator, "write")))
    assert send(HEADER, file("a.txt", "x"), to=f"{REPO}/commit/{revision}").status_code == 404


@pytest.mark.parametrize("to", [f"{REPO}/commit/main?create_pr=1", f"{REPO}/commit/refs%2Fpr%2F1"])
@pytest.mark.parametrize("who", ["alice", "carol"])
def test_a_pull_request_is_not_offered(client, repo, send, to, who):
    token = make_token(make_user("carol") if who == "carol" else repo.creator, "write")
    answer = send(HEADER, file("a.txt", "x"), to=to, token=token)
    assert answer.status_code == 501
    assert answer.json()["error"].startswith("Pull requests are not offered by this hub")
    assert content(repo, "a.txt") == b"a"


def test_only_who_may_write_commits(repo, send):
    org = make_org("acme", admin=repo.creator, reader="read", helper="contributor", writer="write")
    shared = make_repo(org, "shared", creator=repo.creator)
    tokens = {
        name: make_token(org.memberships.get(user__username=name).user, "write")
        for name in ("reader", "helper", "writer")
    }
    tokens |= {
        "carol": make_token(make_user("carol"), "write"),
        "read token": make_token(repo.creator, "read"),
        "": None,
    }
    to = f"/api/models/{shared.repo_id}/commit/main"
    statuses = {name: send(HEADER, file("x", ""), to=to, token=token).status_code for name, token in tokens.items()}
    assert statuses == {"reader": 403, "helper": 403, "carol": 403, "read token": 403, "": 401, "writer": 200}


def test_a_hidden_repo_takes_no_commit_and_is_not_betrayed(repo, send):
    repo.private = True
    repo.save()
    answer = send(HEADER, file("x", ""), token=make_token(make_user("carol"), "write"))
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RepoNotFound")


@pytest.mark.parametrize("form", ["lfsFile", "lfsFile without size", "pointer"])
@pytest.mark.parametrize("gated", ["manual", ""])
def test_knowing_a_hash_is_not_having_the_file(repo, send, form, gated):
    """PEER-FAILURES 4: somebody else's file is taken in only by those who may read it."""
    theirs = make_repo(make_user("dora"), gated=gated)
    oid = keep(theirs, b"secret")
    lines = {
        "lfsFile": line("lfsFile", path="loot.bin", oid=oid, size=6),
        "lfsFile without size": line("lfsFile", path="loot.bin", oid=oid),
        "pointer": file("loot.bin", make_pointer(oid, 6).decode()),
    }
    answer = send(HEADER, lines[form])
    assert answer.status_code == (422 if gated else 200)
    assert possession.holds(repo.pk, oid) == (not gated)


def test_a_wrong_size_is_refused(repo, send):
    assert send(HEADER, line("lfsFile", path="x.bin", oid=keep(repo, b"large"), size=6)).status_code == 422


def test_a_line_that_is_too_long_is_refused(repo, send, monkeypatch):
    monkeypatch.setattr("gatehouse.hub_api.commit_lines.LONGEST_LINE", 1000)
    answer = send(HEADER, file("a.txt", "x" * 1000))
    assert (answer.status_code, "upload large files by LFS" in answer.json()["error"]) == (413, True)


def test_a_commit_has_so_many_operations(repo, send, monkeypatch):
    monkeypatch.setattr("gatehouse.hub_api.commit_lines.MOST_OPERATIONS", 2)
    assert send(HEADER, *(file(f"{n}.txt", "") for n in range(2))).status_code == 200
    assert send(HEADER, *(file(f"{n}.txt", "x") for n in range(3))).status_code == 413
    assert content(repo, "0.txt") == b""


@pytest.mark.parametrize(
    "end",
    [
        lambda: AccessToken.objects.all().delete(),
        lambda: AccessToken.objects.update(scope="read"),
        lambda: User.objects.update(is_active=False),
        lambda: Repo.objects.update(namespace=make_user("bob").namespace),
    ],
)
def test_who_may_not_write_any_more_when_the_last_byte_has_come_commits_nothing(client, repo, end):
    body = "\n".join(map(json.dumps, (HEADER, file("a.txt", "x")))).encode()
    headers = auth(make_token(repo.creator, "write"))
    environ = {"wsgi.input": Meanwhile(body, end)}
    answer = client.generic("POST", f"{REPO}/commit/main", body, "application/x-ndjson", headers=headers, **environ)
    assert answer.status_code in {401, 403}
    assert content(repo, "a.txt") == b"a"


def test_a_body_shorter_than_declared_writes_nothing(client, repo):
    body = "\n".join(map(json.dumps, (HEADER, file("a.txt", "x")))).encode()
    headers = auth(make_token(repo.creator, "write"))
    environ = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + 10)}
    answer = client.generic("POST", f"{REPO}/commit/main", body, "application/x-ndjson", headers=headers, **environ)
    assert answer.status_code == 400
    assert content(repo, "a.txt") == b"a"


def test_a_body_of_unknown_length_is_refused_for_it_may_be_torn(client, repo):
    body = "\n".join(map(json.dumps, (HEADER, file("a.txt", "x")))).encode() + b"\n"
    headers = auth(make_token(repo.creator, "write"))
    environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    environ["CONTENT_TYPE"] = "application/x-ndjson"
    answer = client.generic("POST", f"{REPO}/commit/main", b"", "application/x-ndjson", headers=headers, **environ)
    assert (answer.status_code, "Content-Length" in answer.json()["error"]) == (411, True)
    assert content(repo, "a.txt") == b"a"
