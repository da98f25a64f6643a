"""Branches and tags."""

from pathlib import Path

import pytest
from pygit2 import Repository

from gatehouse.storage import git_refs
from gatehouse.storage.errors import RefBusy, RefExists, Refusal, RepositoryDamaged, RevisionNotFound, StorageFull
from gatehouse.storage.git_refs import (
    NOTHING,
    Ref,
    RefMoved,
    create_branch,
    create_tag,
    delete_branch,
    delete_tag,
    list_refs,
    move_ref,
)
from gatehouse.storage.git_repos import Author, resolve_revision
from storage.raw_git import Git, blob, commit, tree

pytestmark = pytest.mark.once


@pytest.fixture
def sha(repo: Repository) -> str:
    return resolve_revision(repo, "main")


def test_it_lists_branches_and_tags_with_the_commits_they_lead_to(repo: Repository, sha: str, alice: Author):
    create_branch(repo, "feature/x", sha)
    create_tag(repo, "v1", sha, message="release", author=alice)
    branches, tags = list_refs(repo)
    assert branches == [Ref("feature/x", "refs/heads/feature/x", sha), Ref("main", "refs/heads/main", sha)]
    assert tags == [Ref("v1", "refs/tags/v1", sha)]


def test_it_leaves_out_what_leads_to_no_commit(repo: Repository, sha: str):
    repo.references.create("refs/tags/blob", blob(repo))
    repo.references.create("refs/pr/1", sha)
    assert [len(refs) for refs in list_refs(repo)] == [1, 0]


def test_packed_refs_are_listed_too(repo: Repository, sha: str, git: Git):
    create_branch(repo, "b", sha)
    git("pack-refs", "--all")
    assert [ref.name for ref in list_refs(repo)[0]] == ["b", "main"]


def test_a_branch_that_exists_is_refused_with_409(repo: Repository, sha: str):
    with pytest.raises(RefExists, match="Reference refs/heads/main already exists") as refusal:
        create_branch(repo, "main", sha)
    assert refusal.value.status == 409


def test_a_branch_may_be_overwritten_on_request(repo: Repository, sha: str):
    new = commit(repo, tree(repo), sha)
    create_branch(repo, "main", new, overwrite=True)
    assert resolve_revision(repo, "main") == new


@pytest.mark.parametrize("name", ["main/x", "feature"])
def test_a_branch_in_the_way_of_another_is_refused_with_409(repo: Repository, sha: str, name: str):
    create_branch(repo, "feature/x", sha)
    with pytest.raises(RefExists, match="collides") as refusal:
        create_branch(repo, name, sha)
    assert refusal.value.status == 409


def test_a_deleted_branch_is_gone_also_from_packed_refs(repo: Repository, sha: str, git: Git):
    create_branch(repo, "b", sha)
    git("pack-refs", "--all")
    delete_branch(repo, "b")
    assert git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    with pytest.raises(RevisionNotFound, match="Invalid rev id: b"):
        delete_branch(repo, "b")


def test_the_default_branch_cannot_be_deleted(repo: Repository):
    with pytest.raises(Refusal, match="Cannot delete refs/heads/main"):
        delete_branch(repo, "main")


def test_an_annotated_tag_is_a_real_one(repo: Repository, sha: str, alice: Author, git: Git):
    create_tag(repo, "v1", sha, message="Release one\n\nwith notes", author=alice)
    fields = git("for-each-ref", "--format=%(objecttype)|%(taggername)|%(subject)|%(body)", "refs/tags")
    assert fields == "tag|Alice|Release one|with notes"
    assert git("fsck", "--strict") == ""


def test_a_tag_without_message_is_a_light_one(repo: Repository, sha: str, git: Git):
    create_tag(repo, "v1", sha)
    assert git("for-each-ref", "--format=%(objecttype)", "refs/tags") == "commit"


def test_a_tag_that_exists_is_refused_with_409(repo: Repository, sha: str, alice: Author):
    create_tag(repo, "v1", sha)
    with pytest.raises(RefExists, match="refs/tags/v1"):
        create_tag(repo, "v1", sha, message="m", author=alice)


def test_a_deleted_tag_is_gone(repo: Repository, sha: str):
    create_tag(repo, "v1", sha)
    delete_tag(repo, "v1")
    with pytest.raises(RevisionNotFound):
        delete_tag(repo, "v1")


def test_a_ref_moves_only_from_where_it_was_seen(repo: Repository, sha: str):
    new = commit(repo, tree(repo), sha)
    for seen in (new, NOTHING):
        with pytest.raises(RefMoved):
            move_ref(repo, "refs/heads/main", new, seen)
    with pytest.raises(RefMoved):
        move_ref(repo, "refs/heads/new", new, sha)
    assert resolve_revision(repo, "main") == sha


def test_a_ref_that_stays_locked_is_refused_with_409(repo: Repository, sha: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(git_refs, "LOCK_PATIENCE_MS", 1)
    lock = Path(repo.path, "refs/heads/main.lock")
    lock.touch()
    with pytest.raises(RefBusy) as refusal:
        move_ref(repo, "refs/heads/main", commit(repo, tree(repo), sha), sha)
    assert refusal.value.status == 409


def test_a_full_disk_is_told_from_other_failures(repo: Repository, sha: str):
    assert isinstance(git_refs._why_not("refs/x", "fatal: x: No space left on device"), StorageFull)
    assert isinstance(git_refs._why_not("refs/x", "fatal: something else"), RuntimeError)
    with pytest.raises(RepositoryDamaged):
        move_ref(repo, "refs/heads/main", "1" * 40, sha)
