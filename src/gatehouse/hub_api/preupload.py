"""Before an upload: which files are to be sent as large ones, which are ignored, which are there already."""

import base64
import binascii
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from django.http import HttpRequest
from pydantic import Field
from pygit2 import Repository

from gatehouse.access.gate import Answer, read_files
from gatehouse.access.refusals import require_write
from gatehouse.hub_api.cases import case_of, git_of
from gatehouse.hub_api.commit import branch_to_write
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.schemas import Sent, Shown, hub_router
from gatehouse.repos.card import text_file
from gatehouse.repos.large_files import LARGEST_REGULAR, is_binary, is_tracked
from gatehouse.storage.errors import EntryNotFound
from gatehouse.storage.git_paths import check_path
from gatehouse.storage.git_refs import git_environment
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import find_entry

router = hub_router()

LONGEST_RULES = 256 * 1024
MOST_FILES = 1000


class FileToSend(Sent):
    """A file that the client is about to upload; `sample` is its first 512 bytes in base64."""

    path: str
    size: Annotated[int, Field(ge=0)]
    sample: Annotated[str, Field(max_length=4096)] = ""


class FilesToSend(Sent):
    """Such files, with rules that will come in the same commit."""

    files: Annotated[list[FileToSend], Field(max_length=MOST_FILES)]
    git_ignore: Annotated[str, Field(max_length=LONGEST_RULES)] | None = None
    git_attributes: Annotated[str, Field(max_length=LONGEST_RULES)] | None = None


class UploadMode(Shown):
    """How to send a file; `oid` is that of the file now at its path, for callers who may have it."""

    path: str
    upload_mode: Literal["lfs", "regular"]
    should_ignore: bool
    oid: str | None = None


class UploadModes(Shown):
    """How to send the files, and the commit that was looked at."""

    files: list[UploadMode]
    commit_oid: str


@router.post("/{repo:repo}/preupload/{path:revision}", response=UploadModes, summary="How to send files")
def preupload(
    request: HttpRequest, repo: str, revision: str, wanted: FilesToSend, *, create_pr: bool = False
) -> UploadModes:
    case = case_of(request, repo)
    branch = branch_to_write(revision, create_pr=create_pr)
    require_write(case)
    git = git_of(case)
    sha = resolve_revision(git, f"refs/heads/{branch}")
    paths = [file.path for file in wanted.files]
    for path in paths:
        check_path(path)
    tracked = _tracked(git, sha, paths, wanted.git_attributes)
    ignored = _ignored(git, sha, paths, wanted.git_ignore)
    reader = read_files(case) is Answer.YES
    modes = [
        UploadMode(
            path=file.path,
            upload_mode=_mode(file, tracked=file.path in tracked),
            should_ignore=file.path in ignored,
            oid=_present_oid(git, sha, file.path) if reader else None,
        )
        for file in wanted.files
    ]
    return UploadModes(files=modes, commit_oid=sha)


def _mode(file: FileToSend, *, tracked: bool) -> Literal["lfs", "regular"]:
    if not file.size:
        return "regular"
    return "lfs" if tracked or file.size > LARGEST_REGULAR or is_binary(_sample(file)) else "regular"


def _sample(file: FileToSend) -> bytes:
    try:
        return base64.b64decode(file.sample, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("Invalid input: expected base64", f"sample of {file.path}") from error


def _present_oid(git: Repository, sha: str, path: str) -> str | None:
    try:
        entry = find_entry(git, sha, path)
    except EntryNotFound:
        return None
    if entry.type != "file" or entry.is_submodule:
        return None
    return entry.lfs.oid if entry.lfs else entry.oid


def _tracked(git: Repository, sha: str, paths: Sequence[str], rules: str | None) -> set[str]:
    """Give the paths that `.gitattributes` hands to git-lfs."""
    if rules is None:
        return {path for path in paths if is_tracked(git, sha, path)}
    told = _ask_git(git, ["check-attr", "--stdin", "-z", "filter"], {".gitattributes": rules.encode()}, paths)
    return {path for path, value in zip(told[::3], told[2::3], strict=True) if value == "lfs"}


def _ignored(git: Repository, sha: str, paths: Sequence[str], rules: str | None) -> set[str]:
    """Give the paths that the commit's `.gitignore` leaves out, or that of the revision."""
    text = text_file(git, sha, ".gitignore", LONGEST_RULES) if rules is None else rules.encode()
    if not text.strip():
        return set()
    return set(_ask_git(git, ["check-ignore", "--no-index", "--stdin", "-z"], {".gitignore": text}, paths))


def _ask_git(git: Repository, question: list[str], rules: dict[str, bytes], paths: Iterable[str]) -> list[str]:
    """Ask git about paths in a folder that holds nothing but the rules."""
    with TemporaryDirectory() as folder:
        for name, text in rules.items():
            (Path(folder) / name).write_bytes(text)
        done = subprocess.run(
            ["git", "--git-dir", git.path, "--work-tree", folder, *question],
            cwd=folder,
            env=git_environment(),
            input="".join(f"./{path}\0" for path in paths).encode(),  # never taken for ":(magic)"
            capture_output=True,
            check=False,
        )
    return [name.removeprefix("./") for name in done.stdout.decode().split("\0") if name]
