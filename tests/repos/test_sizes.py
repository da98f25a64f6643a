"""How much is in a repo, as lists sort by it: told on push, or by the worker."""

import shutil

import pytest

from factories import make_repo, make_user
from gatehouse.repos import card, sizes
from gatehouse.repos.keyset import LARGEST_INTEGER
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import git_path

pytestmark = pytest.mark.django_db
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5000\n"


@pytest.fixture
def alice():
    return make_user("alice")


def test_a_push_measures_all_files_of_the_default_branch(alice):
    empty = make_repo(alice, "empty")
    repo = make_repo(alice, files={"a/b.txt": "12345", "c.txt": "6"})
    assert repo.main_size == empty.main_size + 6


def test_the_worker_measures_what_a_push_left_or_an_older_version(alice, monkeypatch):
    monkeypatch.setattr(card, "MOST_NAMES", 2)
    front = "---\ndataset_info: {splits: [{name: train, num_examples: 7}]}\n---\n"
    repo = make_repo(alice, "corpus", "dataset", files={"README.md": front, "a/b": POINTER})
    assert (repo.main_size, repo.num_rows) == (None, 7)
    Repo.objects.update(num_rows=None)  # as after an upgrade
    sizes.measure()
    repo.refresh_from_db()
    assert (repo.main_size > 5000 + len(front), repo.num_rows) == (True, 7)


def test_a_repo_that_is_lost_does_not_keep_the_worker_from_the_others(alice):
    lost, other = make_repo(alice, "lost"), make_repo(alice, "other")
    Repo.objects.update(main_size=None)
    shutil.rmtree(git_path(lost.public_id))
    sizes.measure()
    assert list(Repo.objects.filter(main_size=None)) == [lost]
    measured = other.main_size
    other.refresh_from_db()
    assert other.main_size == measured > 0


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        ({"splits": [{"num_examples": 3}, {"num_examples": 4}]}, 7),
        ([{"splits": [{"num_examples": 3}]}, {"splits": [{"num_examples": 4}, {"name": "x"}]}, "x", None], 7),
        ({"splits": [{"num_examples": LARGEST_INTEGER}, {"num_examples": 1}]}, LARGEST_INTEGER),
        ({"splits": [{"num_examples": -3}]}, None),
        ({"splits": [{"num_examples": True}]}, None),
        ({"splits": [{"num_examples": "3"}]}, None),
        ({"splits": {"train": 3}}, None),
        ("many", None),
        (None, None),
    ],
)
def test_rows_are_those_that_the_card_tells_of(told, rows):
    assert sizes.rows_told({"dataset_info": told}, "dataset") == rows
    assert sizes.rows_told({"dataset_info": told}, "model") is None
