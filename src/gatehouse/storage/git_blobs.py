"""Regular files of git as a source of bytes: from memory when small, streamed when large."""

import subprocess
from collections.abc import Iterable, Iterator
from typing import IO

from pygit2 import Repository

from gatehouse.storage.git_refs import git_environment
from gatehouse.storage.git_tree import blob_size, read_blob
from gatehouse.storage.serve import BLOCK, BytesSource, Source

IN_MEMORY = 4 * 1024 * 1024  # bytes; beyond it `git cat-file` streams the blob in flat memory


def blob_source(repo: Repository, oid: str) -> Source:
    """Return what `serve` reads a blob's bytes from."""
    if blob_size(repo, oid) <= IN_MEMORY:
        return BytesSource(read_blob(repo, oid))
    return _StreamedBlob(repo.path, oid)


class _StreamedBlob:
    def __init__(self, repo_path: str, oid: str) -> None:
        self._repo_path, self._oid = repo_path, oid

    def read_range(self, start: int, stop: int) -> Iterable[bytes]:
        return _CatFile(self._repo_path, self._oid, start, stop)


class _CatFile:
    def __init__(self, repo_path: str, oid: str, start: int, stop: int) -> None:
        self._process = subprocess.Popen(
            ["git", "cat-file", "blob", oid],
            cwd=repo_path,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._skip, self._left = start, stop - start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        pipe = self._process.stdout
        if self._left <= 0 or pipe is None or pipe.closed:
            self.close()
            raise StopIteration
        while self._skip:
            self._skip -= len(self._read(pipe, self._skip))
        data = self._read(pipe, self._left)
        self._left -= len(data)
        return data

    def _read(self, pipe: IO[bytes], wanted: int) -> bytes:
        data = pipe.read(min(BLOCK, wanted))
        if not data:
            self.close()
            raise OSError("git ended before the end of the blob")
        return data

    def close(self) -> None:
        """Stop git and forget what it had still to say."""
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.kill()
        self._process.wait()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()
