"""The large files that belong to a repo: listed, given up, copied to another repo (HUB-API §5)."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field
from pygit2 import Repository

from gatehouse.access.gate import Case
from gatehouse.access.refusals import find_case, require_files, require_write
from gatehouse.hub_api.cases import case_of, git_of, repo_of, writable_case
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.repos import Nothing
from gatehouse.hub_api.schemas import HubTime, Sent, Shown, hub_router
from gatehouse.repos import card, large_bytes, possession, xet_files
from gatehouse.repos.following import DEFAULT_REF, following
from gatehouse.repos.keyset import read_number_cursor, write_cursor
from gatehouse.repos.models import RepoBlob
from gatehouse.storage.blobs import Blob
from gatehouse.storage.git_history import log
from gatehouse.storage.git_refs import all_refs, list_refs
from gatehouse.storage.git_rewrite import forget_large_files
from gatehouse.storage.git_tree import list_tree

router = hub_router()

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
MOST_AT_ONCE = 1000
MOST_COMMITS = 50  # in which the name of a file that no branch holds any more is looked for
MOST_FILES = 100_000


class LargeFile(Shown):
    """A large file; `filename` is one that it has, on branch `ref`, or had; empty if no commit ever named it."""

    file_oid: str
    oid: str
    size: int
    filename: str
    ref: str | None = None
    pushed_at: HubTime
    xet_hash: str | None = None


class LargeFilesQuery(BaseModel):
    """Which page of them."""

    limit: int = Field(MOST_AT_ONCE, ge=1, le=MOST_AT_ONCE)
    cursor: str = ""


class Deletions(Sent):
    """Large files to give up."""

    sha: Annotated[list[Sha256], Field(min_length=1, max_length=MOST_AT_ONCE)]
    rewrite_history: bool = True


class DeletionsBody(Sent):
    """As the Hub wraps it."""

    deletions: Deletions


class RewriteQuery(BaseModel):
    """Whether the pointers are to go as well."""

    rewrite_history: bool = Field(True, alias="rewriteHistory")


class Target(Sent):
    """A repo to copy to."""

    type: Literal["model", "dataset", "space"]
    name: str


class FileToCopy(Sent):
    """A large file to copy; whoever may not know its sha256 sends the mask, and then it is not found."""

    sha256: Annotated[str, Field(max_length=64)]
    xet_hash: str = ""


class Copies(Sent):
    """Large files to copy, and where to."""

    target: Target
    files: Annotated[list[FileToCopy], Field(min_length=1, max_length=MOST_AT_ONCE)]


class NotCopied(Shown):
    """A large file that could not be copied, and why."""

    sha256: str
    xet_hash: str
    error: str


class Copied(Shown):
    """What became of the copies."""

    success: bool
    processed: int
    succeeded: int
    failed: list[NotCopied]


@router.get("/{repo:repo}/lfs-files", response=list[LargeFile], summary="The large files of a repo")
def listed(
    request: HttpRequest, response: HttpResponse, repo: str, wanted: Annotated[LargeFilesQuery, Query()]
) -> list[LargeFile]:
    case = writable_case(request, repo)
    require_files(case)
    rows = RepoBlob.objects.filter(repo_id=case.repo_pk).order_by("pk")
    if wanted.cursor:
        rows = rows.filter(pk__gt=read_number_cursor(wanted.cursor)[1])
    page = list(rows[: wanted.limit + 1])
    if len(page) > wanted.limit:
        link_next(request, response, cursor=write_cursor(0, page[wanted.limit - 1].pk))
    page = page[: wanted.limit]
    oids = {row.oid for row in page}
    names = _names(git_of(case), oids)
    xet = xet_files.hashes_of(case.repo_pk, oids)
    return [_shown(row, *names.get(row.oid, ("", None)), xet.get(row.oid)) for row in page]


@router.post("/{repo:repo}/lfs-files/batch", response=Nothing, summary="Give large files up for good")
def give_up(request: HttpRequest, repo: str, wanted: DeletionsBody) -> Nothing:
    return _give_up(writable_case(request, repo), wanted.deletions)


@router.post("/{repo:repo}/lfs-files/duplicate", response=Copied, summary="Copy large files to another repo")
def copy(request: HttpRequest, repo: str, wanted: Copies) -> Copied:
    source = case_of(request, repo)
    require_files(source)
    target = find_case(source.actor, wanted.target.type, wanted.target.name)
    require_write(target)
    held = possession.held_sizes(source.repo_pk, {file.sha256.lower() for file in wanted.files})
    for oid, size in held.items():
        large_bytes.copy(source.repo_pk, target.repo_pk, Blob(oid, size), user_pk=source.actor.user_id)
    failed = [
        NotCopied(sha256=file.sha256, xet_hash=file.xet_hash, error="The file is not in this repo.")
        for file in wanted.files
        if file.sha256.lower() not in held
    ]
    total = len(wanted.files)
    return Copied(success=not failed, processed=total, succeeded=total - len(failed), failed=failed)


@router.delete("/{repo:repo}/lfs-files/{sha}", response=Nothing, summary="Give a large file up for good")
def give_one_up(request: HttpRequest, repo: str, sha: Sha256, wanted: Annotated[RewriteQuery, Query()]) -> Nothing:
    return _give_up(writable_case(request, repo), Deletions(sha=[sha], rewrite_history=wanted.rewrite_history))


def _give_up(case: Case, deletions: Deletions) -> Nothing:
    oids = [sha.lower() for sha in deletions.sha]
    git = git_of(case)
    rewritten = all_refs(git) if deletions.rewrite_history else [DEFAULT_REF]
    with following(repo_of(case), *rewritten):
        if deletions.rewrite_history:
            forget_large_files(git, oids)
        RepoBlob.objects.filter(repo_id=case.repo_pk, oid__in=oids).delete()
    return Nothing()


def _shown(row: RepoBlob, filename: str, ref: str | None, xet_hash: str | None) -> LargeFile:
    return LargeFile(
        file_oid=row.oid,
        oid=row.oid,
        size=row.size,
        filename=filename,
        ref=ref,
        pushed_at=row.added_at,
        xet_hash=xet_hash,
    )


def _names(git: Repository, oids: set[str]) -> dict[str, tuple[str, str | None]]:
    """Find a name and a branch for each large file; for what no branch holds any more, a name in newer history."""
    branches, _ = list_refs(git)
    names: dict[str, tuple[str, str | None]] = {}
    for branch in sorted(branches, key=lambda branch: branch.name != card.DEFAULT_BRANCH):
        _note_names(git, branch.target, branch.name, names)
    looked_at = {branch.target for branch in branches}
    for branch in branches:
        for commit in log(git, branch.target, limit=MOST_COMMITS):
            if oids <= names.keys() or len(looked_at) > MOST_COMMITS:
                return names
            if commit.oid not in looked_at:
                looked_at.add(commit.oid)
                _note_names(git, commit.oid, None, names)
    return names


def _note_names(git: Repository, sha: str, ref: str | None, names: dict[str, tuple[str, str | None]]) -> None:
    for entry in list_tree(git, sha, recursive=True, limit=MOST_FILES)[0]:
        if entry.lfs:
            names.setdefault(entry.lfs.oid, (entry.path, ref))
