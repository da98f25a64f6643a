"""A repository is packed beside its readers and writers, and loses only what is long gone."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pygit2 import Repository

from gatehouse.storage import git_upkeep
from gatehouse.storage.git_commits import Put, commit, squash, write_blob
from gatehouse.storage.git_refs import NOTHING, Update, create_branch, delete_branch, list_refs
from gatehouse.storage.git_repos import Author, open_repo
from gatehouse.storage.git_tree import list_tree
from storage.raw_git import Git

pytestmark = pytest.mark.once

NOW = datetime.now(UTC)
LATER = NOW + git_upkeep.KEPT + timedelta(days=2)


def add(path: Path, alice: Author, *names: str, branch: str = "main") -> str:
    puts = [Put(name, name.encode()) for name in names]
    return commit(open_repo(path), branch, puts, author=alice, message=f"Add {names[0]}")


def loose(path: Path) -> int:
    return len(list(path.glob("objects/??/*")))


def test_many_commits_become_one_pack(path: Path, alice: Author, git: Git) -> None:
    shas = [add(path, alice, f"f{number}") for number in range(30)]
    create_branch(open_repo(path), "dev", shas[3])
    assert git_upkeep.tidy(path, NOW)
    assert (loose(path), len(list(path.glob("objects/pack/*.pack")))) == (0, 1)
    assert [ref.target for ref in list_refs(open_repo(path))[0]] == [shas[3], shas[-1]]
    assert len(list_tree(open_repo(path), shas[-1])[0]) == 31
    git("fsck", "--full", "--strict")


def test_it_wants_packing_when_there_is_much_that_is_small(path: Path, alice: Author) -> None:
    assert not git_upkeep.wants_packing(path)
    add(path, alice, *(f"f{number}" for number in range(1500)))
    assert git_upkeep.wants_packing(path)
    git_upkeep.tidy(path, NOW)
    assert not git_upkeep.wants_packing(path)


def test_many_branches_want_packing_too(path: Path, alice: Author) -> None:
    sha = add(path, alice, "f")
    for number in range(git_upkeep.MOST_REFS + 1):
        (path / "refs/heads" / f"b{number}").write_text(f"{sha}\n")
    assert git_upkeep.wants_packing(path)
    git_upkeep.tidy(path, NOW)
    assert not git_upkeep.wants_packing(path)
    assert len(list_refs(open_repo(path))[0]) == git_upkeep.MOST_REFS + 2


def test_what_a_commit_has_just_written_stays(path: Path, repo: Repository, alice: Author) -> None:
    oid = write_blob(repo, b"about to be committed")
    git_upkeep.tidy(path, NOW)
    sha = commit(open_repo(path), "main", [Put("new", oid=oid)], author=alice, message="Add new")
    assert [entry.path for entry in list_tree(open_repo(path), sha)[0]] == ["README.md", "new"]


def test_what_was_written_for_nothing_goes_in_its_time(path: Path, repo: Repository) -> None:
    oid = write_blob(repo, b"of a commit that was refused")
    git_upkeep.tidy(path, NOW)
    assert oid in open_repo(path)
    git_upkeep.tidy(path, LATER)
    assert oid not in Repository(str(path))


def test_history_that_was_dropped_stays_for_two_weeks(path: Path, repo: Repository, alice: Author) -> None:
    old = add(path, alice, "f")
    for file in path.glob("objects/??/*"):
        os.utime(file, (0, 0))
    new = squash(repo, "main", message="Squash", author=alice)
    git_upkeep.keep_dropped(repo, [Update(old, new, "refs/heads/main")], NOW)
    git_upkeep.tidy(path, NOW + timedelta(days=13))
    assert old in open_repo(path)
    assert [ref.name for ref in list_refs(open_repo(path))[0]] == ["main"]
    git_upkeep.tidy(path, LATER)
    assert old not in Repository(str(path))


def test_a_branch_that_only_went_on_drops_nothing(path: Path, repo: Repository, alice: Author, git: Git) -> None:
    old = add(path, alice, "f")
    new = add(path, alice, "g")
    moves = [Update(old, new, "refs/heads/main"), Update(NOTHING, new, "refs/heads/dev")]
    git_upkeep.keep_dropped(repo, moves, NOW)
    assert git("for-each-ref", git_upkeep.DROPPED) == ""


def test_a_deleted_branch_and_tag_stay(path: Path, repo: Repository, alice: Author, git: Git) -> None:
    git("tag", "-a", "v1", "-m", "First")
    create_branch(repo, "dev", git("rev-parse", "main"))
    sha, tag = add(path, alice, "f", branch="dev"), git("rev-parse", "v1")
    delete_branch(repo, "dev")
    moves = [Update(sha, NOTHING, "refs/heads/dev"), Update(tag, NOTHING, "refs/tags/v1")]
    git_upkeep.keep_dropped(repo, moves, NOW)
    assert sorted(git("for-each-ref", "--format=%(objectname)", git_upkeep.DROPPED).split()) == sorted([sha, tag])


def test_nothing_is_removed_while_a_branch_moves(path: Path, repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_upkeep, "PATIENCE_S", 0.1)
    oid = write_blob(repo, b"not needed")
    with git_upkeep.moving_refs(path):
        assert not git_upkeep.tidy(path, LATER)
    assert oid in open_repo(path)


def test_what_a_killed_push_has_left_goes(path: Path) -> None:
    left = path / "objects" / "tmp_objdir-incoming-x1"
    left.mkdir()
    (left / "tmp_pack").write_bytes(b"half")
    for each in (left / "tmp_pack", left):
        os.utime(each, (0, 0))
    git_upkeep.tidy(path, NOW)
    assert not left.exists()


def test_a_damaged_repository_loses_nothing(path: Path, alice: Author) -> None:
    sha = add(path, alice, "f")
    Path(path, "objects", sha[:2], sha[2:]).unlink()
    before = loose(path)
    assert not git_upkeep.is_whole(path)
    with pytest.raises(git_upkeep.subprocess.CalledProcessError):
        git_upkeep.tidy(path, LATER)
    assert loose(path) == before


def test_commits_go_on_while_it_is_packed(path: Path, alice: Author, git: Git) -> None:
    end = time.monotonic() + 4

    def write() -> int:
        made = 0
        while time.monotonic() < end:
            with git_upkeep.moving_refs(path):
                add(path, alice, f"f{made}")
            made += 1
            sha = str(open_repo(path).references["refs/heads/main"].target)
            assert len(list_tree(open_repo(path), sha)[0]) == made + 1
        return made

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while time.monotonic() < end:
            git_upkeep.tidy(path, LATER)
        made = writing.result()
    git("fsck", "--full", "--strict")
    assert made > 0
    assert git("rev-list", "--count", "main") == str(made + 1)
