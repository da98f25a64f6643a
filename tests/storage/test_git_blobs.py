"""Regular files of git as a source of bytes."""

import os
from typing import Any

import pytest
from pygit2 import GitError, Repository

from gatehouse.storage import git_blobs
from gatehouse.storage.git_blobs import blob_source
from storage.raw_git import Git, blob

pytestmark = pytest.mark.once

DATA = os.urandom(700_000)


@pytest.fixture(params=["in memory", "streamed"])
def source(request: pytest.FixtureRequest, repo: Repository, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "streamed":
        monkeypatch.setattr(git_blobs, "IN_MEMORY", 1000)
    return blob_source(repo, blob(repo, DATA))


@pytest.mark.parametrize(("start", "stop"), [(0, 700_000), (0, 1), (300_000, 600_001), (699_999, 700_000), (5, 5)])
def test_any_range_gives_its_bytes(source: Any, start: int, stop: int):
    assert b"".join(source.read_range(start, stop)) == DATA[start:stop]


def test_closing_early_ends_git(repo: Repository, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(git_blobs, "IN_MEMORY", 1000)
    blocks: Any = blob_source(repo, blob(repo, DATA)).read_range(0, len(DATA))
    next(blocks)
    process = blocks._process
    blocks.close()
    assert process.returncode is not None
    assert list(blocks) == []


def test_a_packed_blob_is_streamed_too(repo: Repository, git: Git, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(git_blobs, "IN_MEMORY", 1000)
    oid = blob(repo, DATA)
    git("update-ref", "refs/tags/keep", oid)
    git("gc", "--quiet", "--prune=now")
    assert b"".join(blob_source(repo, oid).read_range(0, len(DATA))) == DATA


def test_git_that_ends_too_early_breaks_the_connection(repo: Repository, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(git_blobs, "IN_MEMORY", 1000)
    blocks = blob_source(repo, blob(repo, DATA)).read_range(0, len(DATA) + 1)
    with pytest.raises(OSError, match="before the end"):
        list(blocks)


def test_a_blob_that_is_lost_is_damage(repo: Repository):
    with pytest.raises(GitError):
        blob_source(repo, "1" * 40)
