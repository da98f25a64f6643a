"""Git repositories are looked after when it is time, and what they no longer name is given up; what is unsure stays."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from factories import make_repo, make_user
from gatehouse.accounts.models import User
from gatehouse.cli.main import main
from gatehouse.repos import clean_up, garbage, possession, upkeep
from gatehouse.repos.following import DEFAULT_REF, announce, following
from gatehouse.repos.models import CleanUp, Repo, RepoBlob
from gatehouse.repos.repositories import author_of, blobs, git_path, open_git
from gatehouse.storage import git_commits, git_upkeep
from gatehouse.storage.git_refs import create_branch
from gatehouse.storage.pointers import make_pointer
from lean import add_large_file, commit_file

pytestmark = pytest.mark.django_db
WEEKS = timedelta(days=16)


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repo(alice: User) -> Repo:
    return make_repo(alice)


def sent(repo: Repo, data: bytes, *, named: bool) -> str:
    """Send a large file; perhaps a commit was about to name it, and was refused."""
    blob = blobs().receive([data])
    possession.take_in(repo.pk, blob, user_pk=None)
    if named:
        possession.name(repo.pk, [blob.oid])
    return blob.oid


def pass_weeks() -> None:
    """Let what there is become old, and look after everything when it has."""
    earlier = timezone.now() - WEEKS
    RepoBlob.objects.update(added_at=earlier)
    RepoBlob.objects.exclude(named_at=None).update(named_at=earlier)
    for path in blobs().root.rglob("*"):
        os.utime(path, (earlier.timestamp(), earlier.timestamp()))
    upkeep.look_after_repos(timezone.now() + WEEKS)


def held(repo: Repo) -> list[str]:
    return sorted(RepoBlob.objects.filter(repo=repo).values_list("oid", flat=True))


def squash(repo: Repo, user: User) -> None:
    with following(repo, DEFAULT_REF):
        git_commits.squash(open_git(repo.public_id), "main", message="Squash", author=author_of(user))


def test_a_large_file_whose_commit_was_refused_is_given_up(repo: Repo, alice: User) -> None:
    kept = add_large_file(repo, "kept.bin", b"kept", by=alice)
    lost = sent(repo, b"lost", named=True)
    pass_weeks()
    assert held(repo) == [kept.oid]
    garbage.collect(timedelta(hours=24))
    assert (blobs().size(kept.oid), blobs().size(lost)) == (4, None)


def test_one_that_a_commit_is_about_to_name_stays(repo: Repo) -> None:
    oid = sent(repo, b"sent long ago", named=False)
    RepoBlob.objects.update(added_at=timezone.now() - WEEKS)
    possession.name(repo.pk, [oid])
    Repo.objects.update(created_at=timezone.now() - WEEKS)
    assert upkeep.look_after_repos(timezone.now()) == 1
    assert held(repo) == [oid]


def test_dropped_history_can_be_brought_back_for_two_weeks(repo: Repo, alice: User) -> None:
    old = add_large_file(repo, "model.bin", b"old", by=alice)
    new = add_large_file(repo, "model.bin", b"new", by=alice)
    before = open_git(repo.public_id).references[DEFAULT_REF].target
    squash(repo, alice)
    RepoBlob.objects.update(added_at=timezone.now() - WEEKS)
    upkeep.look_after_repos(timezone.now() + upkeep.EVERY + timedelta(days=1))
    assert held(repo) == sorted([old.oid, new.oid])
    create_branch(open_git(repo.public_id), "rescued", str(before))  # a mistake can be undone
    pass_weeks()
    assert held(repo) == sorted([old.oid, new.oid])


def test_dropped_history_frees_its_large_files_when_nobody_has_brought_it_back(repo: Repo, alice: User) -> None:
    add_large_file(repo, "model.bin", b"old", by=alice)
    new = add_large_file(repo, "model.bin", b"new", by=alice)
    squash(repo, alice)
    pass_weeks()
    assert held(repo) == [new.oid]


def test_nothing_is_given_up_where_git_and_row_disagree(repo: Repo) -> None:
    oid = sent(repo, b"of a commit that is not restored yet", named=True)
    Repo.objects.update(head="0" * 40)
    pass_weeks()
    assert held(repo) == [oid]


def test_nothing_is_given_up_where_git_is_damaged(repo: Repo, alice: User) -> None:
    blob = add_large_file(repo, "model.bin", b"weights", by=alice)
    pointer = open_git(repo.public_id).revparse_single("main:model.bin").id
    Path(git_path(repo.public_id), "objects", str(pointer)[:2], str(pointer)[2:]).unlink()
    pass_weeks()
    assert held(repo) == [blob.oid]


def test_a_repository_that_is_gone_stops_nobody(repo: Repo, alice: User) -> None:
    sent(repo, b"waits", named=False)
    git_path(repo.public_id).rename(git_path(repo.public_id).with_suffix(".aside"))
    other = make_repo(alice, "other")
    oid = sent(other, b"waits, too", named=False)
    pass_weeks()
    garbage.collect(timedelta(hours=24))
    assert (len(held(repo)), held(other)) == (1, [])
    assert blobs().size(oid) is None


def test_nothing_is_given_up_by_a_foreign_database(repo: Repo, data: Path) -> None:
    sent(repo, b"waits", named=True)
    (data / clean_up.MARK).write_text("of another database")
    with pytest.raises(clean_up.ForeignStore):
        pass_weeks()
    assert len(held(repo)) == 1


def test_a_slow_repository_is_packed_at_once(repo: Repo, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upkeep.look_after_repos(timezone.now()) == 0
    monkeypatch.setattr(git_upkeep, "MOST_LOOSE", -1)
    assert upkeep.look_after_repos(timezone.now()) == 1
    assert list(git_path(repo.public_id).glob("objects/pack/*.pack"))


def test_a_repository_is_one_process_s(repo: Repo) -> None:
    assert upkeep._claim(repo, timezone.now())
    assert not upkeep._claim(repo, timezone.now())


def test_a_branch_on_its_way_is_waited_for(repo: Repo) -> None:
    announce(repo.pk, {})
    assert not upkeep._claim(repo, timezone.now())


def test_the_command_says_so(repo: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse.cli.main.open_hub", lambda **_: None)
    Repo.objects.update(created_at=timezone.now() - WEEKS)
    CleanUp.objects.all().delete()
    assert main(["gc"]) == 0
    assert capsys.readouterr().out.startswith("1 git repositories are packed.\n")


def test_a_refused_commit_keeps_nothing_for_ever(repo: Repo, alice: User) -> None:
    """Its pointer is in git already when the branch turns out to have moved."""
    blob = blobs().receive([b"raced"])
    possession.take_in(repo.pk, blob, user_pk=None)
    possession.name(repo.pk, [blob.oid])
    git_commits.write_blob(open_git(repo.public_id), make_pointer(blob.oid, blob.size))
    commit_file(repo, "other.txt", b"faster", by=alice)
    RepoBlob.objects.update(added_at=timezone.now() - WEEKS, named_at=timezone.now() - WEEKS)
    upkeep.look_after_repos(timezone.now() + upkeep.EVERY + timedelta(days=1))
    assert held(repo) == [blob.oid]
    pass_weeks()
    assert held(repo) == []
