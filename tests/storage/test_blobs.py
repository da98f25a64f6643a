"""The store of large files."""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatehouse.storage.blobs import Blob, LocalBlobs, check_oid
from gatehouse.storage.errors import BlobNotFound, BodyTooShort, Refusal, StorageFull, WrongHash, WrongSize

pytestmark = pytest.mark.once

DATA = b"weights" * 100_000
OID = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def in_blocks(data: bytes = DATA) -> Iterator[bytes]:
    return (data[i : i + 65536] for i in range(0, len(data), 65536))


def files_in(blobs: LocalBlobs) -> list[str]:
    return sorted(file.name for file in blobs.root.rglob("*") if file.is_file())


def test_it_keeps_bytes_under_their_sha256(blobs: LocalBlobs):
    assert blobs.receive(in_blocks()) == Blob(OID, len(DATA))
    with blobs.open(OID) as stored:
        assert stored.read() == DATA
    assert b"".join(blobs.source(OID).read_range(7, 21)) == DATA[7:21]
    assert blobs.size(OID) == len(DATA)
    assert blobs.path(OID) == blobs.root / OID[:2] / OID[2:4] / OID


def test_it_leaves_nothing_but_the_blob(blobs: LocalBlobs):
    blobs.receive(in_blocks(), oid=OID, size=len(DATA))
    assert files_in(blobs) == [OID]


def test_it_keeps_an_empty_blob(blobs: LocalBlobs):
    empty = blobs.receive([])
    assert empty == Blob(hashlib.sha256().hexdigest(), 0)
    assert blobs.size(empty.oid) == 0


def test_it_refuses_wrong_bytes_and_does_not_keep_them(blobs: LocalBlobs):
    with pytest.raises(WrongHash, match=f"expected sha256 {OID}, got"):
        blobs.receive([b"x" * len(DATA)], oid=OID, size=len(DATA))
    assert files_in(blobs) == []


def test_it_does_not_let_wrong_bytes_replace_right_ones(blobs: LocalBlobs):
    blobs.receive(in_blocks())
    with pytest.raises(WrongHash):
        blobs.receive([b"evil"], oid=OID)
    assert blobs.path(OID).read_bytes() == DATA


def test_it_refuses_too_few_bytes(blobs: LocalBlobs):
    with pytest.raises(WrongSize, match="expected 5 bytes, got 3"):
        blobs.receive([b"abc"], size=5)
    assert files_in(blobs) == []


def test_it_stops_reading_when_there_are_too_many_bytes(blobs: LocalBlobs):
    endless = (b"x" * 10 for _ in iter(int, 1))
    with pytest.raises(WrongSize):
        blobs.receive(endless, size=25)
    assert files_in(blobs) == []


def test_it_keeps_nothing_when_the_sender_hangs_up(blobs: LocalBlobs):
    def torn() -> Iterator[bytes]:
        yield b"abc"
        raise BodyTooShort

    with pytest.raises(BodyTooShort):
        blobs.receive(torn())
    assert files_in(blobs) == []


def test_it_wants_all_bytes_of_a_blob_that_it_has(blobs: LocalBlobs):
    blobs.receive(in_blocks())
    with pytest.raises(WrongSize):
        blobs.receive([DATA[:10]], oid=OID, size=len(DATA))
    assert blobs.receive(in_blocks(), oid=OID) == Blob(OID, len(DATA))
    assert files_in(blobs) == [OID]


def test_a_blob_sent_again_looks_new(blobs: LocalBlobs):
    blobs.receive(in_blocks())
    os.utime(blobs.path(OID), (1, 1))
    blobs.receive(in_blocks())
    assert blobs.path(OID).stat().st_mtime > 1


def test_two_uploads_of_one_blob_both_succeed(blobs: LocalBlobs):
    results = []
    threads = [threading.Thread(target=lambda: results.append(blobs.receive(in_blocks()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Blob(OID, len(DATA))] * 4
    assert files_in(blobs) == [OID]


def test_a_full_disk_is_refused_with_507(blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch):
    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageFull) as refusal:
        blobs.receive(in_blocks())
    assert refusal.value.status == 507
    assert files_in(blobs) == []


@pytest.mark.parametrize("oid", ["", "a" * 63, "A" * 64, "g" * 64, "../" + "a" * 61, "a" * 64 + "\n"])
def test_it_refuses_an_oid_that_is_no_sha256(blobs: LocalBlobs, oid: str):
    for action in (check_oid, blobs.path, blobs.open, blobs.size, blobs.delete):
        with pytest.raises(Refusal):
            action(oid)
    with pytest.raises(Refusal):
        blobs.receive([], oid=oid)


def test_it_knows_what_it_does_not_have(blobs: LocalBlobs):
    assert blobs.size("a" * 64) is None
    assert list(blobs.oids()) == []
    with pytest.raises(BlobNotFound):
        blobs.open("a" * 64)


def test_it_lists_and_deletes(blobs: LocalBlobs):
    oids = sorted(blobs.receive([bytes([n])]).oid for n in range(20))
    assert list(blobs.oids()) == oids
    blobs.delete(oids[0])
    blobs.delete(oids[0])
    assert list(blobs.oids()) == oids[1:]


def test_it_clears_what_crashed_uploads_left(blobs: LocalBlobs):
    blobs.receive(in_blocks())
    torn, fresh = blobs.root / "incoming" / "torn", blobs.root / "incoming" / "fresh"
    torn.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(torn, (1, 1))
    assert blobs.clear_stale_uploads(3600) == 1
    assert files_in(blobs) == sorted([OID, "fresh"])
