"""History written anew without certain large files."""

from pathlib import Path

import pytest
from pygit2 import Repository

from gatehouse.storage import git_rewrite
from gatehouse.storage.errors import Refusal, StaleParent
from gatehouse.storage.git_commits import commit
from gatehouse.storage.git_operations import Delete, Put
from gatehouse.storage.git_refs import RefMoved, create_branch, create_tag
from gatehouse.storage.git_repos import Author, resolve_revision
from gatehouse.storage.git_rewrite import forget_large_files
from gatehouse.storage.pointers import make_pointer
from storage.raw_git import Git

pytestmark = pytest.mark.once

LEAKED, KEPT = "ab" * 32, "cd" * 32


@pytest.fixture
def history(repo: Repository, alice: Author) -> list[str]:
    """Make a leak in a folder of its own, its removal, and a tag between the two."""
    leak = Put("secret/deep/leak.bin", make_pointer(LEAKED, 5))
    first = commit(repo, "main", [leak, Put("kept.bin", make_pointer(KEPT, 6))], author=alice, message="Leak\n\nOh")
    create_tag(repo, "v1", first, message="First", author=alice)
    create_branch(repo, "next", first)
    second = commit(repo, "main", [Delete("secret", "folder"), Put("a.txt", b"a")], author=alice, message="Hide it")
    return [first, second]


def test_no_commit_names_the_file_any_more(repo: Repository, history: list[str], git: Git) -> None:
    assert forget_large_files(repo, {LEAKED})
    assert "leak.bin" not in git("log", "--all", "--name-only")
    assert git("ls-tree", "-r", "--name-only", "main").split() == ["README.md", "a.txt", "kept.bin"]
    assert git("ls-tree", "-r", "--name-only", "next").split() == ["README.md", "kept.bin"]
    assert git("fsck", "--strict", "--no-dangling") == ""


def test_commits_keep_their_authors_dates_and_messages(repo: Repository, history: list[str], git: Git) -> None:
    told = "--format=%an %ae %ad %cn %cd %B"
    before = git("log", told, "main")
    forget_large_files(repo, {LEAKED})
    assert git("log", told, "main") == before
    assert resolve_revision(repo, "main") != history[1]


def test_an_annotated_tag_leads_to_the_new_commit(repo: Repository, history: list[str], git: Git) -> None:
    forget_large_files(repo, {LEAKED})
    assert git("cat-file", "-t", "v1").strip() == "tag"
    assert resolve_revision(repo, "v1") == resolve_revision(repo, "next") != history[0]
    assert "First" in git("tag", "-n", "v1")


def test_what_comes_before_the_file_stays_as_it_is(repo: Repository, history: list[str], git: Git) -> None:
    oldest = git("rev-list", "--max-parents=0", "main")
    forget_large_files(repo, {LEAKED})
    assert git("rev-list", "--max-parents=0", "main") == oldest


def test_a_history_without_the_file_stays_as_it_is(repo: Repository, history: list[str]) -> None:
    assert not forget_large_files(repo, {"ef" * 32})
    assert resolve_revision(repo, "main") == history[1]


def test_a_repository_of_nothing_else_is_empty_then(repo: Repository, alice: Author) -> None:
    commit(repo, "main", [Delete("README.md"), Put("x/leak.bin", make_pointer(LEAKED, 5))], author=alice, message="x")
    forget_large_files(repo, {LEAKED})
    assert len(repo[resolve_revision(repo, "main")].tree) == 0


def test_merges_and_names_that_are_no_text_survive(
    repo: Repository, history: list[str], git: Git, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    git("clone", "--quiet", repo.path, str(work))
    (work / "odd").mkdir()
    (work / "odd" / b"\xff.bin".decode("utf-8", "surrogateescape")).write_bytes(make_pointer(LEAKED, 5))
    (work / "odd" / b"\xfe.txt".decode("utf-8", "surrogateescape")).write_text("kept")
    git("checkout", "--quiet", "-b", "side", "origin/next", cwd=work)
    git("add", ".", cwd=work)
    git("commit", "--quiet", "-m", "Side", cwd=work)
    git("merge", "--quiet", "-m", "Merge", "origin/main", cwd=work)
    git("push", "--quiet", "origin", "side", cwd=work)
    forget_large_files(repo, {LEAKED})
    assert git("rev-list", "--min-parents=2", "--count", "side").strip() == "1"
    assert git("ls-tree", "-r", "--name-only", "side").split() == ["README.md", "a.txt", "kept.bin", '"odd/\\376.txt"']
    assert git("fsck", "--no-dangling") == ""


def test_a_branch_that_moves_meanwhile_is_not_lost(
    repo: Repository, history: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(*_: object) -> None:
        raise RefMoved

    monkeypatch.setattr(git_rewrite, "move_ref", moved)
    with pytest.raises(StaleParent):
        forget_large_files(repo, {LEAKED})


def test_a_history_that_is_too_long_is_refused(
    repo: Repository, history: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_rewrite, "MOST_COMMITS", 2)
    with pytest.raises(Refusal, match="more than 2 commits"):
        forget_large_files(repo, {LEAKED})
