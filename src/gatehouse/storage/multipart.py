"""Uploads in parts: every part is written at its place in one file, so completing copies nothing.

An upload is a folder: `data` (the file), `part_size`, `lock`, and per part `<number>.owner` (the attempt
that may write it) and `<number>.etag` (the etag and length of a finished attempt).
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatehouse.storage.disk import write_fully
from gatehouse.storage.errors import BodyTooLong, Refusal, UploadNotFound, WrongSize

MAX_PARTS = 10_000
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")


class Upload:
    """An upload on disk; the caller holds its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    @property
    def part_size(self) -> int:
        return int((self.folder / "part_size").read_text())

    def completed_as(self) -> tuple[str, int] | None:
        """Return the oid and size that an earlier completion stored."""
        try:
            oid, size = (self.folder / "completed").read_text().split()
        except FileNotFoundError:
            return None
        return oid, int(size)

    def sealed(self, parts: list[tuple[int, str]], size: int) -> Path:
        """Check that the listed parts are all parts, as they were sent; return the file of the whole."""
        if self.completed_as() is not None:
            raise Refusal("The upload was completed as another object.", status=409)
        if [number for number, _ in parts] != list(range(1, len(parts) + 1)):
            raise Refusal("The parts must be listed once each, in order, from 1.")
        lengths = [self._length_of(number, etag) for number, etag in parts]
        if any(length != self.part_size for length in lengths[:-1]):
            raise Refusal("Every part but the last must have the full part size.")
        if sum(lengths) != size:
            raise WrongSize(expected=size, got=sum(lengths))
        os.truncate(self.data, size)
        os.utime(self.folder)  # hashing may take long: not stale
        return self.data

    def _length_of(self, number: int, etag: str) -> int:
        try:
            recorded, length = (self.folder / f"{number}.etag").read_text().split()
        except FileNotFoundError as error:
            raise Refusal(f"Part {number} was not uploaded.") from error
        if recorded != etag.strip('"'):
            raise Refusal(f"The etag of part {number} does not match what was uploaded.")
        return int(length)

    def finish(self, oid: str, size: int) -> None:
        """Drop the parts and remember the outcome for a client that asks again."""
        (self.folder / "completed").write_text(f"{oid} {size}")
        for leftover in self.folder.iterdir():
            if leftover.name not in {"completed", "lock"}:
                leftover.unlink()

    def discard(self) -> None:
        shutil.rmtree(self.folder)


def begin(root: Path, part_size: int) -> str:
    upload_id = secrets.token_hex(16)
    folder = root / upload_id
    folder.mkdir(parents=True)
    (folder / "part_size").write_text(str(part_size))
    (folder / "data").touch()
    (folder / "lock").touch()
    return upload_id


def receive_part(root: Path, upload_id: str, number: int, blocks: Iterable[bytes], limit: int) -> str:
    """Write part `number` of at most `limit` bytes; the newest attempt at a part wins over older ones.

    The etag only says which attempt it was: the bytes are hashed once, as a whole, when all are there.
    """
    folder = _folder(root, upload_id)
    if not 1 <= number <= MAX_PARTS:
        raise Refusal(f"A part number must be between 1 and {MAX_PARTS}.")
    attempt = secrets.token_hex(16)
    with _locked(folder):
        upload = Upload(folder)
        if upload.completed_as() is not None:
            raise Refusal("The upload was completed already.", status=409)
        part_size = upload.part_size
        (folder / f"{number}.etag").unlink(missing_ok=True)
        (folder / f"{number}.owner").write_text(attempt)
    limit = min(limit, part_size)
    length = 0
    for block in blocks:
        if length + len(block) > limit:
            raise BodyTooLong(f"A part of this upload has at most {limit} bytes.")
        _write_part_block(folder, number, attempt, block, (number - 1) * part_size + length)
        length += len(block)
    with _locked(folder):
        _require_owner(folder, number, attempt)
        (folder / f"{number}.etag").write_text(f"{attempt} {length}")
    return attempt


def received_parts(root: Path, upload_id: str) -> list[tuple[int, str]]:
    """Return number and etag of every part that was sent in full, in order."""
    folder = _folder(root, upload_id)
    with _locked(folder):
        return sorted((int(file.stem), file.read_text().split()[0]) for file in folder.glob("*.etag"))


def _write_part_block(folder: Path, number: int, attempt: str, block: bytes, offset: int) -> None:
    with _locked(folder):
        _require_owner(folder, number, attempt)
        fd = os.open(folder / "data", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.lseek(fd, offset, os.SEEK_SET)
            write_fully(fd, block)
        finally:
            os.close(fd)


def _require_owner(folder: Path, number: int, attempt: str) -> None:
    owner = folder / f"{number}.owner"
    if not owner.exists() or owner.read_text() != attempt:
        raise Refusal("The part was sent again, or its upload was finished, meanwhile.", status=409)


@contextmanager
def completing(root: Path, upload_id: str) -> Iterator[Upload]:
    """Hold the upload's lock: a second completion waits for the first and then sees its outcome."""
    folder = _folder(root, upload_id)
    with _locked(folder):
        yield Upload(folder)


def abort(root: Path, upload_id: str) -> None:
    folder = _folder(root, upload_id)
    with _locked(folder):
        shutil.rmtree(folder)


def clear_stale(root: Path, deadline: float) -> int:
    """Remove uploads that were last touched before `deadline` (a Unix time); return how many."""
    removed = 0
    for folder in root.glob("*"):
        with suppress(FileNotFoundError):  # completed or aborted meanwhile
            if _last_touched(folder) < deadline:
                shutil.rmtree(folder)
                removed += 1
    return removed


def _last_touched(folder: Path) -> float:
    files = [folder, *folder.iterdir()]
    return max(file.stat().st_mtime for file in files)


def _folder(root: Path, upload_id: str) -> Path:
    folder = root / upload_id
    if not _UPLOAD_ID.fullmatch(upload_id) or not folder.is_dir():
        raise UploadNotFound
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        fd = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise UploadNotFound from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        if not folder.is_dir():
            raise UploadNotFound
        yield
    finally:
        os.close(fd)
