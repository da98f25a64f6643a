"""Files that nobody needs go, unless somebody touched them or put them there again."""

import os
from pathlib import Path

import pytest

from gatehouse.storage.expiry import expire, put_back

pytestmark = pytest.mark.once


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Give a stored file that was touched last at second 1000."""
    path = tmp_path / "ab" / "cd" / "abcd"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"stored")
    os.utime(path, (1000, 1000))
    return path


def test_an_old_file_goes(stored):
    assert expire(stored, 2000) == 6
    assert list(stored.parent.iterdir()) == []


def test_a_young_file_stays(stored):
    assert expire(stored, 1000) is None
    assert stored.read_bytes() == b"stored"


def test_a_file_that_is_gone_already_is_no_trouble(stored):
    stored.unlink()
    assert expire(stored, 2000) is None


def test_a_file_touched_at_the_last_moment_comes_back(stored, monkeypatch):
    rename = Path.rename

    def touched_before(path: Path, target: Path) -> Path:
        if path == stored:
            os.utime(path)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", touched_before)
    assert expire(stored, 2000) is None
    assert stored.read_bytes() == b"stored"


def test_what_a_killed_run_laid_aside_comes_back(stored, tmp_path):
    stored.rename(stored.with_name("abcd.expiring"))
    put_back(tmp_path)
    assert stored.read_bytes() == b"stored"
