"""What every writer to disk needs: durable files and folders, whole writes, and a full disk as a refusal."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pygit2

from gatehouse.storage.errors import StorageFull

# libgit2 keeps no error of its own when the system does not take what it has packed.
_UNTOLD = "no error"
_FULL = [os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)]


def sync(path: Path) -> None:
    """Put a file's bytes, or a folder's names, on disk for good."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_fully(fd: int, block: bytes) -> None:
    """Write the whole block; the system may take only a part of it at a time."""
    view = memoryview(block)
    while view:
        view = view[os.write(fd, view) :]


def write_once(path: Path, text: str) -> None:
    """Write a small file for its owner's eyes only, complete or not at all, unless there is one of this name."""
    if path.exists():
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # its mode is 0600
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster
            os.link(file.name, path)


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that whoever reads it finds the old text or the new one."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    sync(part)
    part.replace(path)


@contextmanager
def refusing_when_full() -> Iterator[None]:
    """Turn "no space left" and "quota exceeded" into StorageFull; also as a decorator."""
    try:
        yield
    except (OSError, pygit2.GitError) as error:
        if is_about_space(str(error)) or (isinstance(error, pygit2.GitError) and str(error) == _UNTOLD):
            raise StorageFull from error
        raise


def is_about_space(complaint: str) -> bool:
    """Whether a system's message means a full disk; libgit2 hands on the words without the number."""
    return any(words in complaint for words in _FULL)
