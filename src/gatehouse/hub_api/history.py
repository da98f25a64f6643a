"""References, commits and what lies between two of them."""

import html
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from gatehouse.hub_api.cases import case_of, git_of, readable_case
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.schemas import HubTime, Shown, hub_router
from gatehouse.storage.git_diff import raw_diff
from gatehouse.storage.git_history import CommitInfo, count_commits, log
from gatehouse.storage.git_refs import Ref, list_refs
from gatehouse.storage.git_repos import resolve_revision

router = hub_router()

LARGEST_PAGE = 1000


class Reference(Shown):
    """A branch or tag; `target_commit` is a commit also for annotated tags."""

    name: str
    ref: str
    target_commit: str


class References(Shown):
    """All of them; clients demand the empty lists too."""

    branches: list[Reference]
    tags: list[Reference]
    converts: list[Reference] = []
    pull_requests: list[Reference] | None = None


class CommitAuthor(Shown):
    """Who a commit is by, as git says."""

    user: str


class Formatted(Shown):
    """A commit's message as HTML."""

    title: str
    message: str


class CommitShown(Shown):
    """A commit; `message` is what follows the title."""

    id: str
    title: str
    message: str
    authors: list[CommitAuthor]
    date: HubTime
    formatted: Formatted | None = None


class CommitsQuery(BaseModel):
    """Which page of the history."""

    model_config = ConfigDict(populate_by_name=True)

    p: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(50, ge=1, le=LARGEST_PAGE)
    expand: list[str] = []
    expand_brackets: list[str] = Field([], alias="expand[]")


@router.get("/{repo:repo}/refs", response=References, summary="Branches and tags")
def refs(request: HttpRequest, repo: str, *, include_prs: bool = False) -> References:
    branches, tags = list_refs(git_of(case_of(request, repo)))
    return References(
        branches=[_reference(ref) for ref in branches],
        tags=[_reference(ref) for ref in tags],
        pull_requests=[] if include_prs else None,
    )


@router.get("/{repo:repo}/commits/{path:revision}", response=list[CommitShown], summary="History, newest first")
def commits(
    request: HttpRequest, response: HttpResponse, repo: str, revision: str, wanted: Annotated[CommitsQuery, Query()]
) -> list[CommitShown]:
    git = git_of(case_of(request, repo))
    sha = resolve_revision(git, revision)
    total = count_commits(git, sha)
    response.headers["X-Total-Count"] = str(total)
    skip = wanted.p * wanted.limit
    if skip + wanted.limit < total:
        link_next(request, response, p=wanted.p + 1)
    formatted = "formatted" in {*wanted.expand, *wanted.expand_brackets}
    return [_commit(each, formatted=formatted) for each in log(git, sha, skip=skip, limit=wanted.limit)]


@router.get("/{repo:repo}/compare/{path:span}", response=str, summary="The changes from one revision to another")
def compare(request: HttpRequest, repo: str, span: str) -> HttpResponse:
    git = git_of(readable_case(request, repo))
    old, dots, new = span.partition("..")
    if not dots or not old or not new:
        raise InvalidInput("Invalid input: expected two revisions with two dots between them", "compare")
    patch = raw_diff(git, resolve_revision(git, old), resolve_revision(git, new.removeprefix(".")))
    return HttpResponse(patch, content_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"})


def _reference(ref: Ref) -> Reference:
    return Reference(name=ref.name, ref=ref.ref, target_commit=ref.target)


def _commit(info: CommitInfo, *, formatted: bool) -> CommitShown:
    return CommitShown(
        id=info.oid,
        title=info.title,
        message=info.body,
        authors=[CommitAuthor(user=info.author_name)],
        date=info.date,
        formatted=Formatted(title=html.escape(info.title), message=html.escape(info.body)) if formatted else None,
    )
