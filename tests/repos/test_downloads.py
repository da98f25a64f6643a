"""Counts of downloads reach the database in time, all together, and survive its absence."""

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from factories import make_repo, make_user
from gatehouse.repos import downloads
from gatehouse.repos.models import Repo
from gatehouse.storage.serve import Answer

GET = {"REQUEST_METHOD": "GET"}


@pytest.fixture(autouse=True)
def _nothing_counted():
    downloads._counted.clear()


@pytest.fixture
def repo(db):
    return make_repo(make_user("alice"))


def counted(repo):
    return Repo.objects.get(pk=repo.pk).downloads


@pytest.mark.parametrize(
    ("method", "status", "span", "number"),
    [
        ("GET", 200, None, 1),
        ("GET", 206, "bytes 0-9/10", 1),
        ("GET", 206, "bytes 0-0/10", 0),
        ("GET", 206, "bytes 5-9/10", 0),
        ("GET", 304, None, 0),
        ("HEAD", 200, None, 0),
    ],
)
def test_the_beginning_of_a_file_counts(repo, method, status, span, number):
    headers = [("Content-Range", span)] if span else []
    downloads.count(repo.pk, {"REQUEST_METHOD": method}, Answer(status, headers))
    downloads.flush()
    assert counted(repo) == number


def test_counts_are_kept_while_the_database_is_away(repo, monkeypatch, caplog):
    def fail(*_args, **_more):
        raise DatabaseError("away")

    downloads.count(repo.pk, GET, Answer(200, []))
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "update", fail)
        downloads.flush()
    assert "will be tried again" in caplog.text
    downloads.flush()
    assert counted(repo) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_left_is_written_at_the_end(repo):
    flusher = downloads.Flusher(every_s=3600)
    flusher.start()
    downloads.count(repo.pk, GET, Answer(200, []))
    flusher.stop()
    assert not flusher.is_alive()
    assert counted(repo) == 1
