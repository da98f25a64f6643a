"""Other processes push, collect and commit while this one holds a repository open."""

import subprocess
import sys
from pathlib import Path

import pytest
from pygit2 import Repository

from gatehouse.storage.errors import RevisionNotFound
from gatehouse.storage.git_commits import Put, commit, write_blob
from gatehouse.storage.git_history import count_commits, log
from gatehouse.storage.git_repos import Author, open_repo, resolve_revision
from gatehouse.storage.git_tree import find_entry, list_tree, read_blob
from storage.raw_git import FILE, FOLDER, Git, blob, tree
from storage.raw_git import commit as commit_raw

pytestmark = pytest.mark.once


@pytest.fixture
def work(path: Path, tmp_path: Path, git: Git) -> Path:
    git("clone", "-q", str(path), str(tmp_path / "work"), cwd=tmp_path)
    return tmp_path / "work"


def push(git: Git, work: Path, name: str, data: str, *, branch: str = "main") -> str:
    (work / name).write_text(data)
    git("add", ".", cwd=work)
    git("commit", "-q", "-m", name, cwd=work)
    git("push", "-q", "origin", f"HEAD:{branch}", cwd=work)
    return git("rev-parse", "HEAD", cwd=work)


@pytest.mark.parametrize("unpack_limit", ["1", "100"], ids=["as a pack", "as loose objects"])
def test_a_push_is_seen_at_once(path: Path, work: Path, git: Git, unpack_limit: str):
    git("config", "receive.unpackLimit", unpack_limit)
    repo = open_repo(path)
    for number in range(3):
        sha = push(git, work, f"f{number}", str(number))
        assert resolve_revision(repo, "main") == sha
        assert read_blob(repo, find_entry(repo, sha, f"f{number}").oid) == str(number).encode()


def test_refs_packed_and_moved_elsewhere_are_seen_at_once(path: Path, work: Path, git: Git):
    repo = open_repo(path)
    old = resolve_revision(repo, "main")
    for _ in range(3):
        git("pack-refs", "--all")
        assert resolve_revision(repo, "main") == old
        git("branch", "b", "main")
        assert resolve_revision(repo, "b") == old
        git("pack-refs", "--all")
        git("branch", "-D", "b")
        with pytest.raises(RevisionNotFound):
            resolve_revision(repo, "b")


def test_a_branch_packed_twice_in_a_moment_is_not_read_stale(path: Path, work: Path, git: Git):
    repo = open_repo(path)
    for number in range(8):
        sha = push(git, work, "same-name", str(number))
        git("pack-refs", "--all")
        assert resolve_revision(repo, "main") == sha


def test_an_open_handle_survives_garbage_collection(path: Path, work: Path, git: Git):
    repo = open_repo(path)
    for number in range(3):
        sha = push(git, work, f"f{number}", str(number) * 1000)
        git("gc", "--quiet", "--prune=now")
        entries, _ = list_tree(repo, sha)
        assert [len(read_blob(repo, entry.oid)) for entry in entries] == [8] + [1000] * (number + 1)
        assert count_commits(repo, sha) == number + 2


def test_an_open_handle_survives_two_repacks_between_reads(path: Path, work: Path, git: Git):
    old = push(git, work, "old", "1" * 1000)
    git("repack", "-adq")
    repo = open_repo(path)
    find_entry(repo, old, "old")
    push(git, work, "more", "2" * 1000)
    git("repack", "-adq")
    push(git, work, "most", "3" * 1000)
    git("repack", "-adq")
    assert [info.title for info in log(repo, resolve_revision(repo, "main"))] == [
        "most",
        "more",
        "old",
        "initial commit",
    ]
    assert read_blob(repo, find_entry(repo, old, "old").oid) == b"1" * 1000


def test_a_commit_here_can_be_pulled_and_pushed_upon(repo: Repository, work: Path, git: Git, alice: Author):
    sha = commit(repo, "main", [Put("a", data=b"1")], author=alice, message="m")
    git("pull", "-q", cwd=work)
    assert git("rev-parse", "HEAD", cwd=work) == sha
    push(git, work, "b", "2")
    assert commit(repo, "main", [Put("c", data=b"3")], author=alice, message="m") == git("rev-parse", "main")
    assert git("ls-tree", "--name-only", "main").split() == ["README.md", "a", "b", "c"]


def test_a_collected_blob_is_written_again(repo: Repository, git: Git, alice: Author):
    oid = write_blob(repo, b"unused yet")
    git("prune", "--expire=now")
    assert write_blob(repo, b"unused yet") == oid
    commit(repo, "main", [Put("a", oid=oid)], author=alice, message="m")
    assert git("show", "main:a") == "unused yet"
    assert git("fsck") == ""


@pytest.mark.parametrize("name", [b".git", b".GIT", b"..", b"a/b", b"git~1"])
def test_a_push_of_a_dangerous_name_is_refused(path: Path, work: Path, git: Git, name: bytes):
    theirs = Repository(str(work))
    inner = tree(theirs, (FILE, b"config", blob(theirs)))
    sha = commit_raw(theirs, tree(theirs, (FOLDER, name, inner)))
    with pytest.raises(AssertionError, match=r"fsck error|remote unpack failed"):
        git("push", "-q", "origin", f"{sha}:refs/heads/evil", cwd=work)
    with pytest.raises(RevisionNotFound):
        resolve_revision(open_repo(path), sha)


COMMITTER = """
import sys
from pathlib import Path
from gatehouse.storage.git_commits import Put, commit
from gatehouse.storage.git_repos import Author, open_repo
path, name = sys.argv[1:]
for number in range(10):
    put = Put(f"{name}/{number}", data=name.encode())
    commit(open_repo(Path(path)), "main", [put], author=Author(name, "a@b"), message="m")
"""


def test_processes_that_commit_at_once_lose_nothing(path: Path, repo: Repository, git: Git):
    processes = [subprocess.Popen([sys.executable, "-c", COMMITTER, str(path), f"p{n}"]) for n in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    sha = resolve_revision(repo, "main")
    assert len([entry for entry in list_tree(repo, sha, recursive=True)[0] if entry.type == "file"]) == 41
    assert count_commits(repo, sha) == 41
    assert git("fsck", "--strict", "--no-dangling") == ""
