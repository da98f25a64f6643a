"""Bare git repositories on disk: make one, open one, and find out what a revision means."""

import errno
import re
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2 import Repository
from pygit2.enums import ObjectType, RepositoryOpenFlag

from gatehouse.storage.disk import refusing_when_full, sync
from gatehouse.storage.errors import RepositoryDamaged, RevisionNotFound
from gatehouse.storage.git_operations import Put, build_tree

DEFAULT_BRANCH = "main"
MAX_REF = 255  # bytes
OPEN_REPOS_PER_THREAD = 8
_SHA = re.compile(r"[0-9a-f]{40}")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,39}")
_UNSAFE_IN_SIGNATURE = re.compile(r"[\x00-\x1f\x7f<>]+")
_Handle = tuple[tuple[int, int, int], Repository]
_opened = threading.local()

# Folders of 50,000 files are bigger than what libgit2 caches by itself, and 9 ms to parse each time.
pygit2.settings.cache_object_limit(ObjectType.TREE, 4 * 1024 * 1024)

# What git itself must keep to when it serves these repositories. Clean-up is a job of its own, never a
# side effect of somebody's push; an acknowledged push is on disk.
CONFIG = """
[core]
    fsync = all
    bigFileThreshold = 16m
    fsyncMethod = batch
    filesRefLockTimeout = 10000
    logAllRefUpdates = false
[gc]
    auto = 0
[maintenance]
    auto = false
[receive]
    autogc = false
    denyDeleteCurrent = refuse
    fsckObjects = true
[uploadpack]
    allowAnySHA1InWant = false
    allowFilter = true
"""


@dataclass(frozen=True, slots=True)
class Author:
    """Who a commit is by."""

    name: str
    email: str

    def signature(self) -> pygit2.Signature:
        """Return a signature of this moment; characters that git cannot hold are dropped."""
        name, email = _clean(self.name), _clean(self.email)
        return pygit2.Signature(name or "unknown", email or "unknown@localhost")


def _clean(text: str) -> str:
    return _UNSAFE_IN_SIGNATURE.sub(" ", text).encode("utf-8", "replace").decode().strip(" .,:;\"'")


def open_repo(path: Path) -> Repository:
    """Return this thread's handle of the bare repository; raises FileNotFoundError when there is none.

    A handle is thrown away when its folder was replaced or cleaned up, by whichever process.
    """
    repos: OrderedDict[Path, _Handle] | None = getattr(_opened, "repos", None)
    if repos is None:
        repos = _opened.repos = OrderedDict()
    state = path.stat()
    identity = (state.st_dev, state.st_ino, state.st_ctime_ns)
    handle = repos.get(path)
    if handle is None or handle[0] != identity:
        handle = repos[path] = (identity, _open(path))
        if len(repos) > OPEN_REPOS_PER_THREAD:
            repos.popitem(last=False)
    repos.move_to_end(path)
    return handle[1]


def _open(path: Path) -> Repository:
    try:
        return Repository(str(path), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        raise FileNotFoundError(f"No git repository at {path}") from error


@refusing_when_full()
def create_repo(path: Path, *, author: Author, files: Mapping[str, bytes], message: str = "initial commit") -> str:
    """Make a bare repository whose `main` holds one commit of `files`; return its sha.

    Built beside its place and moved there at the end. Raises FileExistsError.
    """
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".new-{secrets.token_hex(8)}")
    try:
        sha = _fill(temporary, author, files, message)
        temporary.rename(path)
        sync(path.parent)
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:  # somebody was faster
            raise FileExistsError(path) from error
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sha


def _fill(path: Path, author: Author, files: Mapping[str, bytes], message: str) -> str:
    repo = pygit2.init_repository(str(path), bare=True, initial_head=DEFAULT_BRANCH)
    with (path / "config").open("a", encoding="ascii") as config:  # each setting by itself would be a file written anew
        config.write(CONFIG)
    tree, _ = build_tree(repo, None, [Put(name, data=data) for name, data in files.items()])
    who = author.signature()
    sha = repo.create_commit(f"refs/heads/{DEFAULT_BRANCH}", who, who, message, tree, [])
    for written in (path, *path.rglob("*")):
        sync(written)
    return str(sha)


def delete_repo(path: Path) -> None:
    """Remove a repository; it is gone at once for everybody, then its files are. Missing is fine."""
    doomed = path.with_name(f".old-{secrets.token_hex(8)}")
    try:
        path.rename(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed)


def resolve_revision(repo: Repository, rev: str) -> str:
    """Return the commit sha of a sha, branch, tag, full ref or HEAD; nothing else of git's syntax.

    A sha may be short, as pages and READMEs show it, where no branch or tag is called so.
    """
    if _is_commit(repo, rev):
        return rev
    for name in _ref_candidates(rev):
        try:
            reference = _lookup(repo, name)
            led_to = reference.peel() if reference else None
        except pygit2.GitError as error:
            raise RepositoryDamaged from error
        if isinstance(led_to, pygit2.Commit):
            return str(led_to.id)
    return _commit_of_short(repo, rev)


def commit_at(repo: Repository, sha: str) -> pygit2.Commit:
    """Return the commit; raises RevisionNotFound, or RepositoryDamaged when a branch or tag leads there."""
    try:
        return repo[sha].peel(pygit2.Commit)
    except KeyError as error:  # the branch was rewritten and its old commit cleared away meanwhile
        raise _no_commit(repo, sha) from error


def _commit_of_short(repo: Repository, rev: str) -> str:
    try:
        found = repo.get(rev) if _SHORT_SHA.fullmatch(rev) else None
    except ValueError:
        raise RevisionNotFound(f"Invalid rev id: {rev} is the beginning of several") from None
    if not isinstance(found, pygit2.Commit):
        raise _no_commit(repo, rev)
    return str(found.id)


def _no_commit(repo: Repository, rev: str) -> Exception:
    lost = _SHA.fullmatch(rev) and rev not in repo
    ours = lost and any(str(reference.target) == rev for reference in repo.references.iterator())
    return RepositoryDamaged() if ours else RevisionNotFound(f"Invalid rev id: {rev}")


def split_revision(repo: Repository, tail: str) -> tuple[str, str]:
    """Split `rev/path`, where both may hold slashes: the longest ref that exists wins.

    When no ref exists the revision is the first segment, or three of them for `refs/x/y`.
    """
    segments = tail.split("/")
    longest = 0 if _is_commit(repo, segments[0]) else _longest_ref(repo, segments)
    count = longest or (3 if segments[0] == "refs" else 1)
    return "/".join(segments[:count]), "/".join(segments[count:])


def _longest_ref(repo: Repository, segments: list[str]) -> int:
    """Return how many leading segments name a ref, 0 for none."""
    longest, rev = 0, ""
    for count, segment in enumerate(segments, 1):
        rev = f"{rev}/{segment}" if rev else segment
        if len(rev) > MAX_REF:
            break
        if any(lookup(repo, name) for name in _ref_candidates(rev)):
            longest = count
    return longest


def lookup(repo: Repository, name: str) -> pygit2.Reference | None:
    """Return the ref of that full name as it is on disk now."""
    try:
        return _lookup(repo, name)
    except pygit2.GitError:
        return None


def _lookup(repo: Repository, name: str) -> pygit2.Reference | None:
    """Return the ref of that full name; raises GitError for one that is torn."""
    try:
        found = repo.lookup_reference(name)
        return found.resolve() if found.name == name else None  # libgit2 tidies names up: "a//b", "a\0b"
    except (KeyError, ValueError):
        return None


def commit_of(reference: pygit2.Reference) -> str | None:
    """Return the commit that the ref leads to; a tag may lead to something else."""
    try:
        return str(reference.peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _ref_candidates(rev: str) -> list[str]:
    if rev == "HEAD" or rev.startswith("refs/"):
        return [rev]
    return [f"refs/heads/{rev}", f"refs/tags/{rev}"]


def _is_commit(repo: Repository, rev: str) -> bool:
    return _SHA.fullmatch(rev) is not None and isinstance(repo.get(rev), pygit2.Commit)


_LFS_SUFFIXES = (
    "7z arrow avro bin bz2 ckpt dduf feather ftz gguf glb gz h5 hdf5 joblib keras lz4 mlmodel model msgpack"
    " nc nemo npy npz onnx ot parquet pb pdparams pickle pkl pt pt2 pte pth rar safetensors tar tflite tgz"
    " wasm xz zip zst bmp gif jpeg jpg png tiff webp flac m4a mp3 ogg wav avi mkv mov mp4 webm pdf"
)


def default_gitattributes() -> bytes:
    """Return the `.gitattributes` of a new repository: which files are stored as git-lfs pointers."""
    suffixes = [f"*.{suffix}" for suffix in _LFS_SUFFIXES.split()]
    patterns = ["*.lfs.*", "*tfevents*", "saved_model/**/*", *suffixes]
    return "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in patterns).encode()
