"""The store of xorbs; here as a folder of files named by their hash, each a verified body with its footer."""

import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from gatehouse.storage.disk import refusing_when_full, sync, write_fully
from gatehouse.storage.xet.errors import DamagedXorbError, InvalidXorb
from gatehouse.storage.xet.hashes import from_hex, to_hex
from gatehouse.storage.xet.source import XetSource
from gatehouse.storage.xet.terms import Terms
from gatehouse.storage.xet.xorb import scan_xorb
from gatehouse.storage.xet.xorb_table import XorbTable, read_footer, write_footer

READ_AHEAD = 256 * 1024
CACHED_CHUNKS = 400_000  # some 20 MB of tables in each process
_NAME = re.compile(r"[0-9a-f]{64}")


class Incoming:
    """A xorb that has come in whole and is sound; `keep` puts it in its place."""

    def __init__(self, temporary: Path, final: Path, table: XorbTable) -> None:
        self.table = table
        self._temporary, self._final = temporary, final

    def keep(self) -> None:
        """Put it in its place, over a copy that may be there already: what was damaged is whole again."""
        with refusing_when_full():
            self._final.parent.mkdir(parents=True, exist_ok=True)
            self._temporary.replace(self._final)

    def settle(self) -> None:
        """Make sure that its place survives a loss of power."""
        for folder in (self._final.parent, self._final.parent.parent, self._final.parent.parent.parent):
            sync(folder)


class LocalXorbs:
    """Xorbs under `root/ab/cd/<hash>`, unfinished ones under `root/incoming`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"

    @contextmanager
    def receiving(self, blocks: Iterable[bytes], xorb: bytes) -> Iterator[Incoming]:
        """Take in the body of the xorb of this hash; it is gone afterwards unless kept.

        Raises InvalidXorb and StorageFull.
        """
        self.incoming.mkdir(parents=True, exist_ok=True)
        temporary = self.incoming / secrets.token_hex(16)
        try:
            with refusing_when_full():
                table = _take_in(temporary, blocks, xorb)
            yield Incoming(temporary, self.path(xorb), table)
        finally:
            temporary.unlink(missing_ok=True)

    def path(self, xorb: bytes) -> Path:
        name = to_hex(xorb)
        return self.root / name[:2] / name[2:4] / name

    def table(self, xorb: bytes) -> XorbTable:
        """Give the table of a stored xorb; DamagedXorbError when it is missing or cannot be read."""
        path = self.path(xorb)
        try:
            found = path.stat()
            key = (str(path), found.st_ino, found.st_mtime_ns)
            table = _tables.find(key)
            if table is None:
                with path.open("rb") as stored:
                    table = read_footer(stored, xorb)
                _tables.keep(key, table)
        except FileNotFoundError as error:
            raise DamagedXorbError(f"Xorb {to_hex(xorb)} is missing.", xorb) from error
        return table

    def open(self, xorb: bytes, first: int, _stop: int) -> BinaryIO:
        """Open a stored xorb at byte `first`; DamagedXorbError when it is missing."""
        try:
            stored = self.path(xorb).open("rb", buffering=READ_AHEAD)
        except FileNotFoundError as error:
            raise DamagedXorbError(f"Xorb {to_hex(xorb)} is missing.", xorb) from error
        stored.seek(first)
        return stored

    def source(self, terms: Terms) -> XetSource:
        """Give what `serve` reads a file's bytes from."""
        return XetSource(terms, self.table, self.open)

    def check(self, xorb: bytes) -> XorbTable:
        """Read a stored xorb in full, as if it had just come, and mend its footer.

        Raises InvalidXorb for damaged chunks and FileNotFoundError.
        """
        path = self.path(xorb)
        with path.open("rb", buffering=READ_AHEAD) as stored:
            table = scan_xorb(stored, xorb)
            try:
                sound = read_footer(stored, xorb) == table
            except DamagedXorbError:
                sound = False
        if not sound:
            with path.open("r+b") as stored:
                _seal(stored, table)
        return table

    def delete(self, xorb: bytes) -> None:
        self.path(xorb).unlink(missing_ok=True)

    def hashes(self) -> Iterator[bytes]:
        """Yield the hash of every stored xorb, one folder in memory at a time."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
            yield from (from_hex(file.name) for file in sorted(folder.iterdir()) if _NAME.fullmatch(file.name))

    def clear_stale(self, older_than_s: float) -> int:
        """Remove what uploads that ended half-way left behind; return how many."""
        deadline, removed = time.time() - older_than_s, 0
        for temporary in self.incoming.glob("*"):
            with suppress(FileNotFoundError):
                if temporary.stat().st_mtime < deadline:
                    temporary.unlink()
                    removed += 1
        return removed


def _take_in(temporary: Path, blocks: Iterable[bytes], xorb: bytes) -> XorbTable:
    """Write the body and verify it as it comes, and put our footer in place of the client's, if it sent one."""
    rest = iter(blocks)
    with temporary.open("xb", buffering=0) as file:
        try:
            table = scan_xorb(_Arriving(rest, file), xorb)
        except InvalidXorb:
            _let_pass(rest)  # many senders hear of a refusal only when they have sent everything
            raise
        _let_pass(rest)
        _seal(file, table)
    return table


class _Arriving:
    """A body that is read while it comes, and written down on the way."""

    def __init__(self, blocks: Iterator[bytes], file: BinaryIO) -> None:
        self._blocks, self._file = blocks, file
        self._block, self._at = b"", 0

    def read(self, size: int, /) -> bytes:
        pieces, missing = list[bytes](), size
        while missing and (piece := self._piece(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _piece(self, size: int) -> bytes:
        """Give at most `size` bytes of one block; none at the end."""
        if self._at == len(self._block):
            self._block, self._at = next(self._blocks, b""), 0
            write_fully(self._file.fileno(), self._block)
        piece = self._block[self._at : self._at + size]
        self._at += len(piece)
        return piece


def _let_pass(blocks: Iterator[bytes]) -> None:
    for _ in blocks:
        pass


def _seal(file: BinaryIO, table: XorbTable) -> None:
    """End the stored body with our footer, for good."""
    file.seek(table.packed_size)
    file.truncate()
    write_fully(file.fileno(), write_footer(table))
    os.fsync(file.fileno())


class _Tables:
    """The tables used last, of so many chunks together."""

    def __init__(self, chunks: int) -> None:
        self._room = chunks
        self._kept: OrderedDict[tuple[str, int, int], XorbTable] = OrderedDict()
        self._lock = Lock()

    def find(self, key: tuple[str, int, int]) -> XorbTable | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple[str, int, int], table: XorbTable) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = table
                self._room -= len(table)
            while self._room < 0 and len(self._kept) > 1:
                self._room += len(self._kept.popitem(last=False)[1])


_tables = _Tables(CACHED_CHUNKS)
