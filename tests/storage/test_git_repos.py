"""Bare repositories: made whole or not at all, and revisions that mean what they say."""

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from pygit2 import Repository

from gatehouse.storage import git_repos
from gatehouse.storage.errors import RevisionNotFound
from gatehouse.storage.git_refs import create_branch, create_tag
from gatehouse.storage.git_repos import (
    Author,
    create_repo,
    default_gitattributes,
    delete_repo,
    open_repo,
    resolve_revision,
    split_revision,
)
from storage.raw_git import FILE, Git, blob, commit, tree

pytestmark = pytest.mark.once


def head(repo: Repository) -> str:
    return resolve_revision(repo, "main")


def test_a_new_repository_holds_its_files_in_one_commit(tmp_path: Path, alice: Author, git: Git):
    sha = create_repo(tmp_path / "a" / "new.git", author=alice, files={"x/y": b"1", "README.md": b"2"})
    where = tmp_path / "a" / "new.git"
    assert git("log", "--format=%H %an %ae %s", cwd=where) == f"{sha} Alice alice@example.org initial commit"
    assert git("ls-tree", "-r", "--name-only", "HEAD", cwd=where).split() == ["README.md", "x/y"]
    assert git("symbolic-ref", "HEAD", cwd=where) == "refs/heads/main"
    assert git("fsck", "--strict", cwd=where) == ""


def test_it_is_configured_to_be_served(git: Git):
    assert git("config", "receive.fsckObjects") == "true"
    assert git("config", "uploadpack.allowFilter") == "true"
    assert git("config", "core.fsync") == "all"
    assert git("config", "gc.auto") == "0"
    assert git("rev-parse", "--is-bare-repository") == "true"


def test_it_does_not_replace_a_repository(path: Path, alice: Author):
    with pytest.raises(FileExistsError):
        create_repo(path, author=alice, files={})


def test_a_crash_leaves_nothing_half(tmp_path: Path, alice: Author, monkeypatch: pytest.MonkeyPatch):
    def crash(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(git_repos, "sync", crash)
    with pytest.raises(KeyboardInterrupt):
        create_repo(tmp_path / "new.git", author=alice, files={"a": b"1"})
    assert list(tmp_path.glob("*.git")) == list(tmp_path.glob(".new-*")) == []


def test_the_faster_of_two_creators_wins(tmp_path: Path, alice: Author, monkeypatch: pytest.MonkeyPatch):
    fill = git_repos._fill

    def slow_fill(path: Path, *rest: Any) -> str:
        monkeypatch.setattr(git_repos, "_fill", fill)
        create_repo(tmp_path / "r.git", author=alice, files={"theirs": b"1"})
        return fill(path, *rest)

    monkeypatch.setattr(git_repos, "_fill", slow_fill)
    with pytest.raises(FileExistsError):
        create_repo(tmp_path / "r.git", author=alice, files={"mine": b"1"})
    assert "theirs" in open_repo(tmp_path / "r.git").revparse_single("main").tree
    assert list(tmp_path.glob(".new-*")) == []


def test_an_empty_repository_has_an_empty_commit(tmp_path: Path, alice: Author):
    sha = create_repo(tmp_path / "e.git", author=alice, files={})
    assert len(open_repo(tmp_path / "e.git")[sha].tree) == 0


def test_a_deleted_repository_is_gone(path: Path, tmp_path: Path):
    delete_repo(path)
    delete_repo(path)
    assert not path.exists()
    assert list(tmp_path.glob(".old-*")) == []
    with pytest.raises(FileNotFoundError):
        open_repo(path)


def test_a_folder_that_is_no_repository_is_not_opened(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        open_repo(tmp_path)


def test_a_thread_opens_a_repository_once(path: Path):
    seen = [open_repo(path)]
    thread = threading.Thread(target=lambda: seen.append(open_repo(path)))
    thread.start()
    thread.join()
    assert open_repo(path) is seen[0]
    assert seen[1] is not seen[0]


def test_only_a_few_repositories_stay_open(path: Path, tmp_path: Path):
    first = open_repo(path)
    for number in range(git_repos.OPEN_REPOS_PER_THREAD):
        shutil.copytree(path, tmp_path / f"{number}.git")
        open_repo(tmp_path / f"{number}.git")
    assert open_repo(path) is not first


def test_a_repository_made_anew_knows_nothing_of_the_old_one(path: Path, alice: Author, git: Git):
    old = head(open_repo(path))
    git("gc", "--quiet")
    assert resolve_revision(open_repo(path), old) == old
    delete_repo(path)
    create_repo(path, author=alice, files={"other": b"1"})
    with pytest.raises(RevisionNotFound):
        resolve_revision(open_repo(path), old)


def test_revisions_are_branches_tags_refs_shas_and_head(repo: Repository, alice: Author):
    sha = head(repo)
    create_branch(repo, "feature/x", sha)
    create_tag(repo, "light", sha)
    create_tag(repo, "heavy", sha, message="release", author=alice)
    repo.references.create("refs/pr/1", sha)
    names = ["main", "feature/x", "light", "heavy", "refs/heads/main", "refs/tags/heavy", "refs/pr/1", "HEAD", sha]
    assert {resolve_revision(repo, name) for name in names} == {sha}


@pytest.mark.parametrize(
    "rev",
    [
        "", "nope", "main~1", "main^", "main^{tree}", "main@{0}", "@", "@{-1}", ":/initial", ":README.md", "main:README.md",
        "mai*", "heads/main", "/main", "main/", "refs//heads/main", "refs/heads", "../config", "main\0", "main\0x", "\ud800",
        "main..main", "config", "refs/heads/main.lock", "FETCH_HEAD", "0" * 40, "x" * 5000, "refs/../HEAD", "refs/heads/../../HEAD",
    ],
)  # fmt: skip
def test_nothing_else_is_a_revision(repo: Repository, rev: str):
    with pytest.raises(RevisionNotFound) as refusal:
        resolve_revision(repo, rev)
    assert refusal.value.code == "RevisionNotFound"
    assert refusal.value.message == f"Invalid rev id: {rev}"


def test_a_sha_may_be_short_as_it_is_shown(repo: Repository):
    sha = head(repo)
    assert [resolve_revision(repo, sha[:length]) for length in (7, 10, 39)] == [sha] * 3
    assert split_revision(repo, f"{sha[:7]}/a/b") == (sha[:7], "a/b")
    create_branch(repo, sha[:7], new := commit(repo, tree(repo), sha))
    assert resolve_revision(repo, sha[:7]) == new


def test_a_sha_that_is_too_short_or_in_upper_case_is_no_revision(repo: Repository):
    for rev in (head(repo)[:6], head(repo).upper(), head(repo) + "\n", "0" * 7):
        with pytest.raises(RevisionNotFound):
            resolve_revision(repo, rev)


def test_a_short_sha_of_two_commits_is_no_revision(repo: Repository):
    one, other = (commit(repo, tree(repo), when=0, message=words) for words in ("18385", "23982"))
    assert one[:7] == other[:7]
    with pytest.raises(RevisionNotFound, match="several"):
        resolve_revision(repo, one[:7])
    assert resolve_revision(repo, one[:12]) == one


def test_only_commits_are_revisions(repo: Repository):
    data = blob(repo)
    repo.references.create("refs/tags/blob", data)
    for rev in (data, data[:10], tree(repo, (FILE, b"a", data)), "blob"):
        with pytest.raises(RevisionNotFound):
            resolve_revision(repo, rev)


def test_a_full_sha_is_a_commit_whatever_branches_are_called(repo: Repository):
    old = head(repo)
    new = commit(repo, tree(repo), old)
    repo.references.create(f"refs/heads/{old}", new)
    assert resolve_revision(repo, old) == old


def test_a_branch_comes_before_a_tag_of_the_same_name(repo: Repository):
    old = head(repo)
    create_tag(repo, "x", old)
    create_branch(repo, "x", commit(repo, tree(repo), old))
    assert resolve_revision(repo, "x") != old


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("main", ("main", "")),
        ("main/a/b.txt", ("main", "a/b.txt")),
        ("feature/x/a/b", ("feature/x", "a/b")),
        ("feature/x", ("feature/x", "")),
        ("v/1/a", ("v/1", "a")),
        ("refs/pr/1/a/b", ("refs/pr/1", "a/b")),
        ("refs/heads/feature/x/a", ("refs/heads/feature/x", "a")),
        ("HEAD/a", ("HEAD", "a")),
        ("nope/a/b", ("nope", "a/b")),
        ("feature/y/a", ("feature", "y/a")),
        ("refs/pr/2/a/b", ("refs/pr/2", "a/b")),
        ("refs/pr", ("refs/pr", "")),
        ("", ("", "")),
        ("/a", ("", "/a"[1:])),
        ("main//a", ("main", "/a")),
        ("main\0/a", ("main\0", "a")),
    ],
)
def test_the_longest_ref_that_exists_is_the_revision(repo: Repository, tail: str, expected: tuple[str, str]):
    create_branch(repo, "feature/x", head(repo))
    create_tag(repo, "v/1", head(repo))
    repo.references.create("refs/pr/1", head(repo))
    assert split_revision(repo, tail) == expected


def test_a_tag_longer_than_a_branch_wins(repo: Repository):
    create_tag(repo, "main/v1", head(repo))
    assert split_revision(repo, "main/v1/a") == ("main/v1", "a")
    assert split_revision(repo, "main/v2/a") == ("main", "v2/a")


def test_a_sha_is_split_off_whatever_follows(repo: Repository):
    assert split_revision(repo, f"{head(repo)}/a/b") == (head(repo), "a/b")


def test_a_long_path_costs_no_more_than_a_ref_name(repo: Repository, monkeypatch: pytest.MonkeyPatch):
    looked_up = []
    monkeypatch.setattr(git_repos, "lookup", lambda _, name: looked_up.append(name))
    split_revision(repo, "nope/" + "a/" * 2000)
    assert len(looked_up) < 300


@pytest.mark.parametrize("name", ["", "<>", "\n", "A <a@b>\nparent x", "\ud800", "\0", "..."])
def test_any_name_can_sign_a_commit(repo: Repository, git: Git, name: str):
    signature = Author(name, name).signature()
    sha = repo.create_commit("refs/heads/x", signature, signature, "m", repo[head(repo)].tree.id, [])
    assert git("cat-file", "commit", str(sha)).count("\n") == 4
    assert git("fsck", "--strict") == ""


def test_the_default_attributes_name_the_files_of_models(path: Path, tmp_path: Path, git: Git):
    git("clone", "-q", str(path), str(tmp_path / "work"), cwd=tmp_path)
    (tmp_path / "work" / ".gitattributes").write_bytes(default_gitattributes())
    for name in ("model.safetensors", "sub/a.bin", "x.gguf", "a.lfs.txt", "saved_model/a/b", "t.parquet"):
        assert git("check-attr", "filter", "--", name, cwd=tmp_path / "work").endswith(": lfs")
    assert git("check-attr", "filter", "--", "config.json", cwd=tmp_path / "work").endswith(": unspecified")
