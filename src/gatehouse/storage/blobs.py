"""The content-addressed store of large files; here as a folder of files named by their sha256."""

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from gatehouse.storage import multipart
from gatehouse.storage.disk import refusing_when_full, sync, write_fully
from gatehouse.storage.errors import BlobNotFound, Refusal, WrongHash, WrongSize
from gatehouse.storage.serve import FileSource, Source
from gatehouse.storage.sha256 import Sha256Aside

_OID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes: their sha256 in lowercase hex and their number."""

    oid: str
    size: int


class BlobStore(Protocol):
    """What the doors need of a store; an object store with signed URLs fits behind it."""

    def receive(self, blocks: Iterable[bytes], *, oid: str | None = None, size: int | None = None) -> Blob: ...
    def open(self, oid: str) -> BinaryIO: ...
    def source(self, oid: str) -> Source: ...
    def size(self, oid: str) -> int | None: ...
    def delete(self, oid: str) -> None: ...
    def oids(self) -> Iterator[str]: ...
    def create_upload(self, part_size: int) -> str: ...
    def receive_part(self, upload_id: str, number: int, blocks: Iterable[bytes], limit: int) -> str: ...
    def received_parts(self, upload_id: str) -> list[tuple[int, str]]: ...
    def complete(self, upload_id: str, parts: list[tuple[int, str]], oid: str | None, size: int) -> Blob: ...
    def abort(self, upload_id: str) -> None: ...
    def clear_stale_uploads(self, older_than_s: float) -> int: ...


def check_oid(oid: str) -> str:
    """Return the oid if it is a sha256 in lowercase hex, refuse it otherwise."""
    if not _OID.fullmatch(oid):
        raise Refusal("An oid must be a sha256 of 64 lowercase hex digits.", status=422)
    return oid


class LocalBlobs:
    """Blobs under `root/ab/cd/<oid>`, unfinished ones under `root/incoming` and `root/uploads`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        self._uploads = root / "uploads"

    def receive(self, blocks: Iterable[bytes], *, oid: str | None = None, size: int | None = None) -> Blob:
        """Store the bytes after checking them; refused bytes leave nothing behind.

        Raises WrongHash, WrongSize (as soon as there are too many bytes) and StorageFull.
        """
        if oid is not None:
            check_oid(oid)
        self._incoming.mkdir(parents=True, exist_ok=True)
        temporary = self._incoming / secrets.token_hex(16)
        try:
            with refusing_when_full():
                blob = _write_and_hash(temporary, blocks, size)
                _check(blob, oid, size)
                self._keep(temporary, blob.oid)
        finally:
            temporary.unlink(missing_ok=True)
        return blob

    def open(self, oid: str) -> BinaryIO:
        try:
            return self.path(oid).open("rb")
        except FileNotFoundError as error:
            raise BlobNotFound from error

    def source(self, oid: str) -> Source:
        """Return what `serve` reads the bytes from."""
        return FileSource(self.path(oid))

    def path(self, oid: str) -> Path:
        check_oid(oid)
        return self.root / oid[:2] / oid[2:4] / oid

    def size(self, oid: str) -> int | None:
        """Return the number of bytes, None when the store has no such blob."""
        try:
            return self.path(oid).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, oid: str) -> None:
        self.path(oid).unlink(missing_ok=True)

    def oids(self) -> Iterator[str]:
        """Yield every stored oid in order, one folder in memory at a time."""
        for first in _hex_folders(self.root):
            for second in _hex_folders(first):
                yield from sorted(file.name for file in second.iterdir() if _OID.fullmatch(file.name))

    def create_upload(self, part_size: int) -> str:
        """Begin a multipart upload whose parts, but the last, have `part_size` bytes; return its id."""
        return multipart.begin(self._uploads, part_size)

    def receive_part(self, upload_id: str, number: int, blocks: Iterable[bytes], limit: int) -> str:
        """Write one part, counted from 1, and return its etag; sending it again replaces it."""
        with refusing_when_full():
            return multipart.receive_part(self._uploads, upload_id, number, blocks, limit)

    def received_parts(self, upload_id: str) -> list[tuple[int, str]]:
        """Return number and etag of each part that is there; none any more when the upload was completed."""
        return multipart.received_parts(self._uploads, upload_id)

    def complete(self, upload_id: str, parts: list[tuple[int, str]], oid: str | None, size: int) -> Blob:
        """Check every etag, the size and the sha256 of the whole, then store it; repeating is harmless.

        Without an oid the bytes are stored under the sha256 that they have.
        """
        if oid is not None:
            check_oid(oid)
        with refusing_when_full(), multipart.completing(self._uploads, upload_id) as upload:
            done = upload.completed_as()
            if done is not None and done == (oid or done[0], size):
                return Blob(done[0], size)
            data = upload.sealed(parts, size)
            with data.open("rb") as stream:
                got = hashlib.file_digest(stream, "sha256").hexdigest()
            if oid is not None and got != oid:
                upload.discard()
                raise WrongHash(expected=oid, got=got)
            self._keep(data, got)
            upload.finish(got, size)
        return Blob(got, size)

    def abort(self, upload_id: str) -> None:
        multipart.abort(self._uploads, upload_id)

    def clear_stale_uploads(self, older_than_s: float) -> int:
        """Remove what unfinished uploads left behind and nobody wrote to lately; return how many."""
        deadline = time.time() - older_than_s
        removed = multipart.clear_stale(self._uploads, deadline)
        for temporary in self._incoming.glob("*"):
            with suppress(FileNotFoundError):
                if temporary.stat().st_mtime < deadline:
                    temporary.unlink()
                    removed += 1
        return removed

    def _keep(self, temporary: Path, oid: str) -> None:
        final = self.path(oid)
        try:
            os.utime(final)  # known bytes look new again to whoever collects unused ones
        except FileNotFoundError:
            sync(temporary)
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(final)
        for folder in (final.parent, final.parent.parent, self.root):
            sync(folder)


def _write_and_hash(target: Path, blocks: Iterable[bytes], size: int | None) -> Blob:
    """Write the blocks while another thread hashes those before."""
    total = 0
    with Sha256Aside() as sha, target.open("xb", buffering=0) as file:
        for block in blocks:
            total += len(block)
            if size is not None and total > size:
                raise WrongSize(expected=size, got=total)
            sha.update(block)
            write_fully(file.fileno(), block)
        digest = sha.hexdigest()
    return Blob(digest, total)


def _check(blob: Blob, oid: str | None, size: int | None) -> None:
    if size is not None and blob.size != size:
        raise WrongSize(expected=size, got=blob.size)
    if oid is not None and blob.oid != oid:
        raise WrongHash(expected=oid, got=blob.oid)


def _hex_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if re.fullmatch(r"[0-9a-f]{2}", entry.name))
