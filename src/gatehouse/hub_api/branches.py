"""Branches and tags, made and deleted; a branch squashed to one commit (HUB-API §5)."""

import re
from contextlib import suppress
from typing import Annotated

from django.http import HttpRequest
from pydantic import Field
from pygit2 import Commit, Repository

from gatehouse.access.gate import Case
from gatehouse.accounts.people import user_of
from gatehouse.hub_api.cases import git_of, repo_of, writable_case
from gatehouse.hub_api.repos import Nothing
from gatehouse.hub_api.schemas import Sent, Shown, hub_router
from gatehouse.repos import card
from gatehouse.repos.following import following
from gatehouse.repos.repositories import author_of
from gatehouse.storage import git_commits, git_refs
from gatehouse.storage.git_paths import branch_ref, tag_ref
from gatehouse.storage.git_repos import Author, resolve_revision

router = hub_router()

LONGEST_MESSAGE = 65_536
_SHORT_SHA = re.compile(r"[0-9a-f]{7,39}")


class NewBranch(Sent):
    """Where a new branch begins: at a revision, by default `main`, or empty."""

    starting_point: str | None = None
    empty_branch: bool = False
    overwrite: bool = False


class NewTag(Sent):
    """A tag; with a message it is an annotated one."""

    tag: Annotated[str, Field(min_length=1)]
    message: Annotated[str | None, Field(max_length=LONGEST_MESSAGE)] = None


class Squash(Sent):
    """The message of the one commit that is left."""

    message: Annotated[str | None, Field(max_length=500)] = None


class Squashed(Shown):
    """The one commit that is left."""

    commit_id: str


@router.post("/{repo:repo}/branch/{path:revision}", response=Nothing, summary="Make a branch")
def create_branch(request: HttpRequest, repo: str, revision: str, new: NewBranch | None = None) -> Nothing:
    case = writable_case(request, repo)
    new = new or NewBranch()
    git = git_of(case)
    with following(repo_of(case), branch_ref(revision)):
        if new.empty_branch:
            git_commits.create_empty_branch(git, revision, author=_author(case), message="initial commit")
        else:
            start = _commit(git, new.starting_point or card.DEFAULT_BRANCH)
            git_refs.create_branch(git, revision, start, overwrite=new.overwrite)
    return Nothing()


@router.delete("/{repo:repo}/branch/{path:revision}", response=Nothing, summary="Delete a branch")
def delete_branch(request: HttpRequest, repo: str, revision: str) -> Nothing:
    case = writable_case(request, repo)
    with following(repo_of(case), branch_ref(revision)):
        git_refs.delete_branch(git_of(case), revision)
    return Nothing()


@router.post("/{repo:repo}/tag/{path:revision}", response=Nothing, summary="Tag a revision")
def create_tag(request: HttpRequest, repo: str, revision: str, new: NewTag) -> Nothing:
    case = writable_case(request, repo)
    git = git_of(case)
    sha = _commit(git, revision)
    with following(repo_of(case), tag_ref(new.tag)):
        git_refs.create_tag(git, new.tag, sha, message=new.message or None, author=_author(case))
    return Nothing()


@router.delete("/{repo:repo}/tag/{path:revision}", response=Nothing, summary="Delete a tag")
def delete_tag(request: HttpRequest, repo: str, revision: str) -> Nothing:
    case = writable_case(request, repo)
    with following(repo_of(case), tag_ref(revision)):
        git_refs.delete_tag(git_of(case), revision)
    return Nothing()


@router.post("/{repo:repo}/super-squash/{path:revision}", response=Squashed, summary="Squash a branch to one commit")
def super_squash(request: HttpRequest, repo: str, revision: str, wanted: Squash | None = None) -> Squashed:
    case = writable_case(request, repo)
    message = (wanted and wanted.message) or f"Super-squash branch '{revision}'"
    with following(repo_of(case), branch_ref(revision.removeprefix("refs/heads/"))):
        sha = git_commits.squash(git_of(case), revision, message=message, author=_author(case))
    return Squashed(commit_id=sha)


def _commit(git: Repository, revision: str) -> str:
    """Find the commit that a revision or the beginning of a sha means; raises RevisionNotFound."""
    if _SHORT_SHA.fullmatch(revision):
        with suppress(ValueError):  # several objects begin so
            found = git.get(revision)
            if isinstance(found, Commit):
                return str(found.id)
    return resolve_revision(git, revision)


def _author(case: Case) -> Author:
    return author_of(user_of(case.actor), case.actor.publisher)
