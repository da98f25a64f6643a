"""Uploads in parts."""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatehouse.storage.blobs import Blob, LocalBlobs
from gatehouse.storage.errors import BodyTooLong, Refusal, UploadNotFound, WrongHash, WrongSize

pytestmark = pytest.mark.once

PART = 1000
DATA = os.urandom(2500)
OID = hashlib.sha256(DATA).hexdigest()
PARTS = {1: DATA[:1000], 2: DATA[1000:2000], 3: DATA[2000:]}
Etags = list[tuple[int, str]]


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def upload(blobs: LocalBlobs) -> str:
    return blobs.create_upload(PART)


def send(blobs: LocalBlobs, upload: str, order: tuple[int, ...] = (1, 2, 3)) -> Etags:
    return sorted((n, blobs.receive_part(upload, n, [PARTS[n][:300], PARTS[n][300:]], PART)) for n in order)


def leftovers(blobs: LocalBlobs) -> set[str]:
    return {file.name for file in (blobs.root / "uploads").rglob("*") if file.is_file()}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
def test_parts_in_any_order_become_one_blob(blobs: LocalBlobs, upload: str, order: tuple[int, ...]):
    etags = send(blobs, upload, order)
    assert blobs.complete(upload, etags, OID, len(DATA)) == Blob(OID, len(DATA))
    assert blobs.path(OID).read_bytes() == DATA
    assert leftovers(blobs) == {"completed", "lock"}


def test_completing_again_gives_the_same_answer(blobs: LocalBlobs, upload: str):
    etags = send(blobs, upload)
    blobs.complete(upload, etags, OID, len(DATA))
    assert blobs.complete(upload, etags, OID, len(DATA)) == Blob(OID, len(DATA))


def test_completing_at_once_gives_both_the_same_answer(blobs: LocalBlobs, upload: str):
    etags, results = send(blobs, upload), []
    threads = [
        threading.Thread(target=lambda: results.append(blobs.complete(upload, etags, OID, len(DATA)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Blob(OID, len(DATA))] * 4


def test_a_finished_upload_does_not_vouch_for_another_blob(blobs: LocalBlobs, upload: str):
    theirs = blobs.receive([b"somebody else's"])
    blobs.complete(upload, send(blobs, upload), OID, len(DATA))
    with pytest.raises(Refusal) as refusal:
        blobs.complete(upload, [], theirs.oid, theirs.size)
    assert refusal.value.status == 409


def test_a_part_sent_after_the_end_is_refused(blobs: LocalBlobs, upload: str):
    blobs.complete(upload, send(blobs, upload), OID, len(DATA))
    with pytest.raises(Refusal, match="completed already"):
        blobs.receive_part(upload, 1, [b"x"], PART)
    assert blobs.path(OID).read_bytes() == DATA


def test_a_part_that_outlives_the_end_changes_nothing(blobs: LocalBlobs, upload: str):
    def slow() -> Iterator[bytes]:
        yield b"x" * 500
        blobs.complete(upload, etags, OID, len(DATA))
        yield b"x" * 500

    etags = send(blobs, upload)
    upload_of_four = slow()
    with pytest.raises(Refusal, match="meanwhile"):
        blobs.receive_part(upload, 4, upload_of_four, PART)
    assert blobs.path(OID).read_bytes() == DATA


def test_a_part_sent_again_replaces_the_first(blobs: LocalBlobs, upload: str):
    blobs.receive_part(upload, 1, [b"wrong" * 200], PART)
    assert blobs.complete(upload, send(blobs, upload), OID, len(DATA)) == Blob(OID, len(DATA))


def test_the_etag_of_an_overtaken_attempt_is_refused(blobs: LocalBlobs, upload: str):
    etags = send(blobs, upload)
    send(blobs, upload, (2,))
    with pytest.raises(Refusal, match="etag of part 2"):
        blobs.complete(upload, etags, OID, len(DATA))


def test_an_etag_may_come_back_in_quotes(blobs: LocalBlobs, upload: str):
    quoted = [(number, f'"{etag}"') for number, etag in send(blobs, upload)]
    assert blobs.complete(upload, quoted, OID, len(DATA)).oid == OID


def test_a_shorter_second_attempt_leaves_nothing_of_the_first(blobs: LocalBlobs, upload: str):
    blobs.receive_part(upload, 3, [b"x" * PART], PART)
    assert blobs.complete(upload, send(blobs, upload), OID, len(DATA)) == Blob(OID, len(DATA))


def test_an_overtaken_attempt_can_no_longer_write(blobs: LocalBlobs, upload: str):
    etags: Etags = []

    def slow() -> Iterator[bytes]:
        yield b"x" * 500
        etags.extend(send(blobs, upload))
        yield b"x" * 500

    with pytest.raises(Refusal) as refusal:
        blobs.receive_part(upload, 1, slow(), PART)
    assert refusal.value.status == 409
    assert blobs.complete(upload, etags, OID, len(DATA)) == Blob(OID, len(DATA))


def test_a_torn_part_does_not_count(blobs: LocalBlobs, upload: str):
    etags = send(blobs, upload)

    def torn() -> Iterator[bytes]:
        yield b"x"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.receive_part(upload, 2, torn(), PART)
    with pytest.raises(Refusal, match="Part 2 was not uploaded"):
        blobs.complete(upload, etags, OID, len(DATA))


def test_wrong_bytes_are_refused_and_not_kept(blobs: LocalBlobs, upload: str):
    etags = send(blobs, upload)
    with pytest.raises(WrongHash):
        blobs.complete(upload, etags, "0" * 64, len(DATA))
    assert list(blobs.oids()) == []
    assert leftovers(blobs) == set()


def test_a_wrong_size_is_refused(blobs: LocalBlobs, upload: str):
    with pytest.raises(WrongSize):
        blobs.complete(upload, send(blobs, upload), OID, len(DATA) + 1)


def test_a_wrong_etag_is_refused(blobs: LocalBlobs, upload: str):
    etags = [*send(blobs, upload)[:2], (3, "0" * 64)]
    with pytest.raises(Refusal, match="etag of part 3"):
        blobs.complete(upload, etags, OID, len(DATA))


@pytest.mark.parametrize("listed", [[1, 3], [1, 1, 3], [3, 2, 1], [2, 3], []])
def test_parts_must_be_listed_once_each_in_order(blobs: LocalBlobs, upload: str, listed: list[int]):
    etags = dict(send(blobs, upload))
    with pytest.raises(Refusal):
        blobs.complete(upload, [(n, etags[n]) for n in listed], OID, len(DATA))


def test_only_the_last_part_may_be_short(blobs: LocalBlobs, upload: str):
    etags = [(1, blobs.receive_part(upload, 1, [b"a"], PART)), (2, blobs.receive_part(upload, 2, [b"b"], PART))]
    with pytest.raises(Refusal, match="full part size"):
        blobs.complete(upload, etags, hashlib.sha256(b"ab").hexdigest(), 2)


def test_a_part_larger_than_agreed_is_refused(blobs: LocalBlobs, upload: str):
    with pytest.raises(BodyTooLong):
        blobs.receive_part(upload, 1, [b"x" * (PART + 1)], 10 * PART)
    with pytest.raises(BodyTooLong):
        blobs.receive_part(upload, 1, [b"x" * 11], 10)


@pytest.mark.parametrize("number", [0, -1, 10_001])
def test_a_part_number_out_of_bounds_is_refused(blobs: LocalBlobs, upload: str, number: int):
    with pytest.raises(Refusal, match="part number"):
        blobs.receive_part(upload, number, [b"x"], PART)


@pytest.mark.parametrize("upload_id", ["", "..", "../incoming", "0" * 32, "A" * 32])
def test_an_unknown_upload_is_refused_with_404(blobs: LocalBlobs, upload: str, upload_id: str):
    with pytest.raises(UploadNotFound):
        blobs.receive_part(upload_id, 1, [b"x"], PART)
    with pytest.raises(UploadNotFound):
        blobs.complete(upload_id, [], OID, 0)
    with pytest.raises(UploadNotFound):
        blobs.abort(upload_id)


def test_an_aborted_upload_is_gone(blobs: LocalBlobs, upload: str):
    send(blobs, upload)
    blobs.abort(upload)
    assert leftovers(blobs) == set()
    with pytest.raises(UploadNotFound):
        blobs.receive_part(upload, 1, [b"x"], PART)


def test_stale_uploads_are_cleared_and_living_ones_stay(blobs: LocalBlobs, upload: str):
    living = blobs.create_upload(PART)
    send(blobs, upload)
    folder = blobs.root / "uploads" / upload
    for file in [*folder.iterdir(), folder]:
        os.utime(file, (1, 1))
    assert blobs.clear_stale_uploads(3600) == 1
    assert [file.name for file in (blobs.root / "uploads").iterdir()] == [living]


def test_parts_are_written_once_and_not_copied(blobs: LocalBlobs, upload: str):
    etags = send(blobs, upload)
    inode = (blobs.root / "uploads" / upload / "data").stat().st_ino
    blobs.complete(upload, etags, OID, len(DATA))
    assert blobs.path(OID).stat().st_ino == inode
