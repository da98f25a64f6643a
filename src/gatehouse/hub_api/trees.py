"""Files and folders of a revision: names and sizes for everybody, hashes of large files for readers (GATING §1.3)."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field
from pygit2 import Repository

from gatehouse.access.gate import Answer, Case, read_files
from gatehouse.hub_api.cases import case_of, git_of
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.json_text import read_object
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.repo_json import MASK
from gatehouse.hub_api.schemas import HubTime, Sent, Shown, hub_router
from gatehouse.repos import xet_files
from gatehouse.storage.errors import EntryNotFound
from gatehouse.storage.git_history import CommitInfo, last_commits
from gatehouse.storage.git_repos import resolve_revision, split_revision
from gatehouse.storage.git_tree import Entry, find_entry, folder_size, list_tree

router = hub_router()

LARGEST_PAGE, LARGEST_PAGE_WITH_COMMITS = 1000, 100
MOST_PATHS = 2000


class Lfs(Shown):
    """A large file's bytes; `oid`, their sha256, is masked for callers who may not have them."""

    oid: str
    size: int
    pointer_size: int


class LastCommit(Shown):
    """The commit that changed an entry last."""

    id: str
    title: str
    date: HubTime


class TreeEntry(Shown):
    """A file or folder."""

    type: Literal["file", "directory"]
    oid: str
    size: int
    path: str
    lfs: Lfs | None = None
    xet_hash: str | None = None
    last_commit: LastCommit | None = None


class TreeQuery(BaseModel):
    """How deep to look, and where to go on."""

    recursive: bool = False
    expand: bool = False
    limit: int = Field(LARGEST_PAGE, ge=1)
    cursor: str = ""


class WantedPaths(Sent):
    """Paths to look up."""

    paths: Annotated[list[str], Field(max_length=MOST_PATHS)] | str
    expand: bool = False


class Size(Shown):
    """The bytes of all files below a path, which begins with a slash."""

    path: str
    size: int


@router.get("/{repo:repo}/tree/{path:tail}", response=list[TreeEntry], summary="What a folder holds")
def tree(
    request: HttpRequest, response: HttpResponse, repo: str, tail: str, wanted: Annotated[TreeQuery, Query()]
) -> list[TreeEntry]:
    case = case_of(request, repo)
    git = git_of(case)
    sha, path = _split(git, tail)
    limit = min(wanted.limit, LARGEST_PAGE_WITH_COMMITS if wanted.expand else LARGEST_PAGE)
    after = wanted.cursor or None
    entries, cursor = list_tree(git, sha, path, recursive=wanted.recursive, after=after, limit=limit)
    if cursor:
        link_next(request, response, cursor=cursor)
    return _shown(case, git, sha, entries, expand=wanted.expand)


@router.post("/{repo:repo}/paths-info/{path:revision}", response=list[TreeEntry], summary="Some files and folders")
def paths_info(request: HttpRequest, repo: str, revision: str) -> list[TreeEntry]:
    case = case_of(request, repo)
    wanted = _wanted_paths(request)
    git = git_of(case)
    sha = resolve_revision(git, revision)
    paths = [wanted.paths] if isinstance(wanted.paths, str) else wanted.paths
    found = (_find(git, sha, path.strip("/")) for path in dict.fromkeys(paths))
    return _shown(case, git, sha, [entry for entry in found if entry], expand=wanted.expand)


@router.get("/{repo:repo}/treesize/{path:tail}", response=Size, summary="How large a folder is")
def treesize(request: HttpRequest, repo: str, tail: str) -> Size:
    git = git_of(case_of(request, repo))
    sha, path = _split(git, tail)
    entry = find_entry(git, sha, path)
    size = entry.size if entry.type == "file" else folder_size(git, sha, path)
    return Size(path=f"/{path}", size=size)


def _split(git: Repository, tail: str) -> tuple[str, str]:
    revision, path = split_revision(git, tail)
    return resolve_revision(git, revision), path.strip("/")


def _find(git: Repository, sha: str, path: str) -> Entry | None:
    try:
        return find_entry(git, sha, path) if path else None
    except EntryNotFound:
        return None


def _shown(case: Case, git: Repository, sha: str, entries: list[Entry], *, expand: bool) -> list[TreeEntry]:
    masked = read_files(case) is not Answer.YES
    commits = last_commits(git, sha, [entry.path for entry in entries]) if expand else {}
    oids = [entry.lfs.oid for entry in entries if entry.lfs]
    xet = xet_files.hashes_of(case.repo_pk, oids) if oids else {}
    return [_entry(each, commits.get(each.path), xet, masked=masked) for each in entries]


def _entry(entry: Entry, commit: CommitInfo | None, xet: dict[str, str], *, masked: bool) -> TreeEntry:
    lfs = last = xet_hash = None
    if entry.lfs:
        lfs = Lfs(oid=MASK if masked else entry.lfs.oid, size=entry.lfs.size, pointer_size=entry.lfs.pointer_size)
        xet_hash = MASK if masked and entry.lfs.oid in xet else xet.get(entry.lfs.oid)
    if commit:
        last = LastCommit(id=commit.oid, title=commit.title, date=commit.date)
    return TreeEntry(
        type=entry.type,
        oid=entry.oid,
        size=entry.size,
        path=entry.path,
        lfs=lfs,
        xet_hash=xet_hash,
        last_commit=last,
    )


def _wanted_paths(request: HttpRequest) -> WantedPaths:
    """Read the body: Python sends a form, JavaScript JSON."""
    if request.content_type == "application/json":
        return _checked(read_object(request.body))
    expand = request.POST.get("expand", "").lower() in {"true", "1", "on"}
    return _checked({"paths": request.POST.getlist("paths"), "expand": expand})


def _checked(given: dict[str, object]) -> WantedPaths:
    try:
        return WantedPaths.model_validate(given)
    except ValueError as error:
        raise InvalidInput(f"Invalid input: expected up to {MOST_PATHS} paths, as strings", "paths") from error
