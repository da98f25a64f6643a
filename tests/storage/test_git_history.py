"""History."""

from datetime import UTC, datetime

import pytest
from pygit2 import Repository

from gatehouse.storage import git_commits
from gatehouse.storage.git_commits import Delete, Operation, Put
from gatehouse.storage.git_history import CommitInfo, count_commits, last_commits, log
from gatehouse.storage.git_repos import Author, resolve_revision
from storage.raw_git import FILE, Git, blob, commit, tree

pytestmark = pytest.mark.once


def committed(repo: Repository, *operations: Operation, message: str = "m") -> str:
    return git_commits.commit(repo, "main", operations, author=Author("Alice", "a@b"), message=message)


def lone(repo: Repository, **more: int | str) -> CommitInfo:
    return log(repo, commit(repo, tree(repo), **more))[0]


def test_the_log_is_newest_first_and_paged(repo: Repository):
    shas = [committed(repo, Put("a", data=b"%d" % n)) for n in range(5)]
    assert [info.oid for info in log(repo, shas[-1], limit=3)] == shas[:1:-1]
    assert [info.oid for info in log(repo, shas[-1], skip=3, limit=2)] == shas[1::-1]
    assert count_commits(repo, shas[-1]) == 6


def test_a_commit_has_title_body_and_author(repo: Repository):
    sha = committed(repo, Put("a", data=b"1"), message="Title\n\nBody one\nBody two\n")
    info = log(repo, sha)[0]
    assert (info.title, info.body) == ("Title", "Body one\nBody two")
    assert (info.author_name, info.author_email) == ("Alice", "a@b")
    assert len(info.parents) == 1
    assert abs((datetime.now(UTC) - info.date).total_seconds()) < 60


@pytest.mark.parametrize("when", [0, 253_402_300_800, 2**62])
def test_any_date_can_be_shown(repo: Repository, when: int):
    assert lone(repo, when=when).date.tzinfo is UTC


@pytest.mark.parametrize("message", ["", "\n\n", "\n\ntitle", " "])
def test_any_message_can_be_shown(repo: Repository, message: str):
    assert lone(repo, message=message).title in {"", "title"}


def test_a_message_that_is_not_utf8_is_shown(repo: Repository):
    raw = (
        repo[commit(repo, tree(repo), message="caf?")]
        .read_raw()
        .replace(b"?", b"\xe9")
        .replace(b"Mallory", b"M\xfcller")
    )
    info = log(repo, str(repo.odb.write(1, raw)))[0]
    assert (info.title, info.author_name) == ("caf\ufffd", "M\ufffdller")


def test_the_log_of_a_path_has_only_commits_that_changed_it(repo: Repository, git: Git):
    first = committed(repo, Put("d/a", data=b"1"))
    committed(repo, Put("b", data=b"1"))
    changed = committed(repo, Put("d/a", data=b"2"))
    removed = committed(repo, Delete("d/a"))
    assert [info.oid for info in log(repo, removed, path="d/a")] == [removed, changed, first]
    assert [info.oid for info in log(repo, removed, path="d", skip=1, limit=1)] == [changed]


def test_the_last_commit_of_each_path(repo: Repository, git: Git):
    committed(repo, Put("d/a", data=b"1"), Put("d/b", data=b"1"))
    committed(repo, Put("d/a", data=b"2"))
    sha = committed(repo, Put("e", data=b"1"))
    found = last_commits(repo, sha, ["d", "d/a", "d/b", "e", "README.md", "nope"])
    expected = {path: git("log", "-1", "--format=%H", sha, "--", path) for path in found}
    assert {path: info.oid for path, info in found.items()} == expected
    assert "nope" not in found
    assert len(found) == 5


def test_a_merge_is_followed_to_where_the_file_came_from(repo: Repository, git: Git):
    def files(a: bytes, b: bytes) -> str:
        return tree(repo, (FILE, b"a", blob(repo, a)), (FILE, b"b", blob(repo, b)))

    base = commit(repo, files(b"0", b"0"), when=1)
    ours = commit(repo, files(b"1", b"0"), base, when=2)
    theirs = commit(repo, files(b"2", b"1"), base, when=3)
    merge = commit(repo, files(b"1", b"1"), ours, theirs, when=4)
    found = last_commits(repo, merge, ["a", "b"])
    assert [found["a"].oid, found["b"].oid] == [ours, theirs]
    assert git("log", "-1", "--format=%H", merge, "--", "a") == ours


def test_a_merge_that_made_the_file_is_its_last_commit(repo: Repository):
    def file(data: bytes) -> str:
        return tree(repo, (FILE, b"a", blob(repo, data)))

    sides = [commit(repo, file(b"1")), commit(repo, file(b"2"))]
    merge = commit(repo, file(b"3"), *sides)
    assert last_commits(repo, merge, ["a"])["a"].oid == merge


def test_clocks_that_run_backwards_change_nothing(repo: Repository):
    data = blob(repo)
    first = commit(repo, tree(repo, (FILE, b"a", data)), when=9)
    second = commit(repo, tree(repo, (FILE, b"a", data), (FILE, b"b", data)), first, when=5)
    third = commit(repo, tree(repo, (FILE, b"a", data), (FILE, b"b", blob(repo, b"2"))), second, when=7)
    found = last_commits(repo, third, ["a", "b"])
    assert (found["a"].oid, found["b"].oid) == (first, third)


def test_it_stops_looking_after_so_many_commits(repo: Repository):
    committed(repo, Put("old", data=b"1"))
    for n in range(5):
        sha = committed(repo, Put("new", data=b"%d" % n))
    assert set(last_commits(repo, sha, ["old", "new"], max_walk=3)) == {"new"}


def test_an_unborn_path_has_no_history(repo: Repository):
    assert log(repo, resolve_revision(repo, "main"), path="nope") == []
    assert last_commits(repo, resolve_revision(repo, "main"), []) == {}
