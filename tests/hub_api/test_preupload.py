"""Before an upload: how to send which file."""

import base64

import pytest

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.django_db
REPO = "/api/models/alice/weights"
OID = "ab" * 32


@pytest.fixture
def repo():
    return make_repo(
        make_user("alice"), files={"a.txt": "a", "big.bin": make_pointer(OID, 7), ".gitignore": "*.log\n/out/\n"}
    )


@pytest.fixture
def ask(client, repo):
    mine = make_token(repo.creator, "write")

    def _ask(files, *, token=mine, to=f"{REPO}/preupload/main", **more):
        files = [
            {"path": path, "size": size, "sample": base64.b64encode(sample).decode()} for path, size, sample in files
        ]
        headers = auth(token) if token else None
        return client.post(to, {"files": files, **more}, "application/json", headers=headers)

    return _ask


def _told(answer, key):
    return {file["path"]: file[key] for file in answer.json()["files"]}


def test_rules_size_and_content_decide(repo, ask):
    files = [
        ("small.txt", 5, b"hello"),
        ("tiny.bin", 7, b"1234567"),
        ("x.lfs.y", 1, b"x"),
        ("empty.bin", 0, b""),
        ("long.txt", 10 * 1024 * 1024 + 1, b"text"),
        ("nul.dat", 3, b"a\0b"),
        ("latin.dat", 9, b"\xe4\xf6\xfc foo "),
        ("cut.txt", 600, ("ä" * 300).encode()[:511]),
    ]
    answer = ask(files)
    assert answer.json()["commitOid"] == repo.head
    assert _told(answer, "uploadMode") == {
        "small.txt": "regular",
        "tiny.bin": "lfs",
        "x.lfs.y": "lfs",
        "empty.bin": "regular",
        "long.txt": "lfs",
        "nul.dat": "lfs",
        "latin.dat": "lfs",
        "cut.txt": "regular",
    }


@pytest.mark.parametrize(("rules", "ignored"), [(None, {"x.log", "out/y"}), ("*.txt\n", {"a.txt"}), ("", set())])
def test_gitignore_of_the_commit_or_of_the_repo_is_heeded(ask, rules, ignored):
    files = [(path, 1, b"x") for path in ("a.txt", "x.log", "out/y", "sub/out/y", "-z", ":(evil)x")]
    told = _told(ask(files, **({} if rules is None else {"gitIgnore": rules})), "shouldIgnore")
    assert {path for path, ignore in told.items() if ignore} == ignored


def test_gitattributes_of_the_commit_are_heeded(ask):
    told = _told(ask([("a.foo", 1, b"x"), ("b.bin", 1, b"x")], gitAttributes="*.foo filter=lfs\n"), "uploadMode")
    assert told == {"a.foo": "lfs", "b.bin": "regular"}


def test_files_that_are_there_are_told_to_readers_only(client, repo, ask):
    files = [("a.txt", 1, b"a"), ("big.bin", 7, b"x"), ("new.txt", 1, b"x")]
    oids = {file["path"]: file.get("oid") for file in ask(files).json()["files"]}
    assert oids == {"a.txt": "2e65efe2a145dda7ee51d1741299f848e5bf752e", "big.bin": OID, "new.txt": None}
    org = make_org("acme", admin=repo.creator, bob="write")
    make_repo(
        org,
        "shared",
        creator=repo.creator,
        gated="manual",
        org_members_gated=True,
        files={"big.bin": make_pointer(OID, 7)},
    )
    bob = make_token(org.memberships.get(user__username="bob").user, "write")
    [file] = ask(files[1:2], token=bob, to="/api/models/acme/shared/preupload/main").json()["files"]
    assert "oid" not in file


@pytest.mark.parametrize("path", ["../x", "..\\ddd", "", "a//b", ".git/config"])
def test_a_path_that_cannot_be_is_refused_early(ask, path):
    assert ask([(path, 1, b"x")]).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"files": 5},
        {"files": [{"path": "x"}]},
        {"files": [{"path": "x", "size": 1, "sample": "?"}]},
        {"files": [{"path": "x", "size": -1}]},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(client, repo, body):
    headers = auth(make_token(repo.creator, "write"))
    assert client.post(f"{REPO}/preupload/main", body, "application/json", headers=headers).status_code == 400


def test_only_who_may_write_is_told(repo, ask):
    files = [("a.txt", 1, b"a")]
    assert ask(files, token=None).status_code == 401
    assert ask(files, token=make_token(repo.creator, "read")).status_code == 403
    assert ask(files, token=make_token(make_user("carol"), "write")).status_code == 403
    assert ask(files, to=f"{REPO}/preupload/main?create_pr=1").status_code == 501
    assert ask(files, to=f"{REPO}/preupload/nowhere").status_code == 404
