"""A full disk is a refusal, other failures stay what they are."""

import errno
import os
from pathlib import Path

import pygit2
import pytest

from gatehouse.storage.disk import refusing_when_full, sync, write_fully
from gatehouse.storage.errors import StorageFull

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        pygit2.GitError("no error"),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        OSError("failed to write out file: No space left on device"),
        pygit2.GitError("failed to create folder: No space left on device"),
    ],
)
def test_a_full_disk_is_refused_whoever_noticed(failure: Exception):
    with pytest.raises(StorageFull) as refusal, refusing_when_full():
        raise failure
    assert refusal.value.status == 507


@pytest.mark.parametrize("failure", [OSError(errno.EIO, os.strerror(errno.EIO)), pygit2.GitError("odd"), KeyError("x")])
def test_other_failures_stay_what_they_are(failure: Exception):
    with pytest.raises(type(failure)) as found, refusing_when_full():
        raise failure
    assert found.value is failure


def test_a_write_goes_on_until_all_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    with (tmp_path / "f").open("wb") as file:
        write_fully(file.fileno(), b"0123456789")
    sync(tmp_path / "f")
    sync(tmp_path)
    assert (tmp_path / "f").read_bytes() == b"0123456789"
