"""A repo's files as bytes: which commit a URL means, what lies at a path there, and where its bytes come from."""

import os
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from gatehouse.repos import large_bytes
from gatehouse.repos.repositories import git_path, open_git
from gatehouse.storage.errors import EntryNotFound
from gatehouse.storage.git_blobs import blob_source
from gatehouse.storage.git_repos import resolve_revision, split_revision
from gatehouse.storage.git_tree import Entry, find_entry, read_blob
from gatehouse.storage.serve import BytesSource, Source

SUBMODULE = 0o160000  # the mode of an entry whose commit lives in another repository
SMALL = 16 * 1024  # bytes of files that are kept in memory: configurations, above all
# Names that can be a file below refs/heads without any of git's own meaning.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_SHA = re.compile(r"[0-9a-f]{40}")
_COMMIT = re.compile(rb"([0-9a-f]{40})\n")


def split_address(public_id: str, tail: str) -> tuple[str, str, str | None]:
    """Split `revision/path` of a URL into revision, path, and the revision's commit where that is known at once.

    A branch that the first segment names wins.
    """
    first, _, path = tail.partition("/")
    if _SHA.fullmatch(first):
        return first, path, None
    if sha := _branch_file(public_id, first):
        return first, path, sha
    return *split_revision(open_git(public_id), tail), None


def commit_of(public_id: str, revision: str) -> str:
    """Give the sha of the commit that a branch, tag or sha means now; raises RevisionNotFound."""
    if _SHA.fullmatch(revision):
        return _known_commit(settings.DATA, public_id, revision)
    return resolve_revision(open_git(public_id), revision)


def file_at(public_id: str, sha: str, path: str) -> Entry:
    """Give the file at `path` of commit `sha`; raises EntryNotFound, also for a folder, telling the commit."""
    try:
        return _file_at(settings.DATA, public_id, sha, path)
    except EntryNotFound as error:
        error.headers["X-Repo-Commit"] = sha
        raise


def source_of(public_id: str, repo_pk: int, entry: Entry) -> Source:
    """Give where a file's bytes come from.

    Raises EntryNotFound for a pointer to bytes that do not belong to the repo: whoever smuggled one in gets nothing.
    """
    if entry.lfs is None:
        return pointer_of(public_id, entry)
    large_bytes.require_held(public_id, repo_pk, entry.lfs.oid)
    return large_bytes.source(repo_pk, entry.lfs.oid)


def pointer_of(public_id: str, entry: Entry) -> Source:
    """Give the bytes that stand in git itself: for a large file, its pointer."""
    if entry.lfs or entry.size <= SMALL:
        return BytesSource(_small_blob(settings.DATA, public_id, entry.oid))
    return blob_source(open_git(public_id), entry.oid)


def _branch_file(public_id: str, name: str) -> str | None:
    """Read a branch as git keeps it while it is young: pygit2 takes ten times as long. None means: ask git."""
    if not _PLAIN_NAME.fullmatch(name) or name.endswith(".lock"):
        return None
    try:
        fd = os.open(f"{_git_folder(settings.DATA, public_id)}/refs/heads/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = _COMMIT.fullmatch(os.read(fd, 64))
    except OSError:  # a folder of branches
        return None
    finally:
        os.close(fd)
    return found[1].decode() if found else None


@lru_cache(maxsize=4096)
def _git_folder(_data: Path, public_id: str) -> str:
    return str(git_path(public_id))


# What a commit holds never changes, so these answers are kept; exceptions are not. `data` tells stores apart.


@lru_cache(maxsize=2048)
def _small_blob(_data: Path, public_id: str, oid: str) -> bytes:
    return read_blob(open_git(public_id), oid)


@lru_cache(maxsize=16384)
def _known_commit(_data: Path, public_id: str, sha: str) -> str:
    return resolve_revision(open_git(public_id), sha)


@lru_cache(maxsize=65536)
def _file_at(_data: Path, public_id: str, sha: str, path: str) -> Entry:
    entry = find_entry(open_git(public_id), sha, path)
    if entry.type != "file" or entry.mode == SUBMODULE:
        raise EntryNotFound(f'"{path}" is not a file.')
    return entry
