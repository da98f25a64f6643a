"""Clean-ups come when they are due, to one worker, and never to a folder that is another database's."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from factories import make_repo, make_user
from gatehouse.cli import worker
from gatehouse.cli.main import main
from gatehouse.repos import clean_up, garbage
from gatehouse.repos.clean_up import ForeignStore
from gatehouse.repos.models import CleanUp
from gatehouse.repos.repositories import blobs, delete_repo, git_path

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


@pytest.fixture
def old_blob() -> Callable[[], bool]:
    """Put down bytes of two days ago that nobody needs; give a function that says whether they are there."""
    path = blobs().path(blobs().receive([b"not needed"]).oid)
    age(path)
    return path.exists


def age(path: Path) -> None:
    two_days_ago = timezone.now().timestamp() - 2 * 86400
    os.utime(path, (two_days_ago, two_days_ago))


def test_the_first_is_not_due_at_once(old_blob: Callable[[], bool]) -> None:
    worker.free_what_is_due()
    assert old_blob()


def test_it_is_due_some_hours_later_and_then_again(old_blob: Callable[[], bool]) -> None:
    start = timezone.now()
    due = [clean_up.claim(start + hours * HOUR) for hours in range(14)]
    assert [hours for hours, mine in enumerate(due) if mine] == [7, 13]


def test_a_database_from_an_old_backup_frees_nothing_at_once() -> None:
    start = timezone.now()
    clean_up.claim(start)
    assert not clean_up.claim(start + 3 * DAY)
    assert not clean_up.claim(start + 3 * DAY + 5 * HOUR)
    assert clean_up.claim(start + 3 * DAY + 7 * HOUR)


def test_a_worker_frees_when_it_is_due(old_blob: Callable[[], bool]) -> None:
    clean_up.claim(timezone.now())
    CleanUp.objects.update(next_at=timezone.now())
    worker.free_what_is_due()
    assert not old_blob()


def test_nothing_is_freed_by_a_database_that_knows_another_folder(old_blob: Callable[[], bool], data: Path) -> None:
    garbage.collect(timedelta(days=3))
    CleanUp.objects.all().delete()
    with pytest.raises(ForeignStore, match=r"does not belong to .*/data\."):
        garbage.collect(timedelta(0))
    assert old_blob()
    (data / clean_up.MARK).unlink()
    garbage.collect(DAY)
    assert not old_blob()


def test_the_command_says_so_in_a_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatehouse.cli.main.open_hub", lambda **_: None)
    (data / clean_up.MARK).write_text("of another database")
    assert main(["gc"]) == 2
    assert capsys.readouterr().err.startswith("Nothing is freed: this database does not belong to ")


def test_a_git_repository_that_outlived_its_repo_goes() -> None:
    alice = make_user("alice")
    kept, lost, new = (git_path(make_repo(alice, name).public_id) for name in ("kept", "lost", "new"))
    lost.rename(aside := lost.with_name("aside"))
    for repo in alice.namespace.repos.exclude(name="kept"):
        delete_repo(repo)
    aside.rename(lost)
    new.mkdir()
    age(kept)
    age(lost)
    freed = garbage.collect(DAY)
    assert (kept.exists(), lost.exists(), new.exists()) == (True, False, True)
    assert freed.size > 0
