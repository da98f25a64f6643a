"""A page of a repo, asked for by somebody: the gate's case, the repo's row, and the head that all its pages share."""

from dataclasses import dataclass
from functools import cached_property, wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from pygit2 import GitError, Repository

from gatehouse.access import gate, lists
from gatehouse.access.gate import Answer, Case
from gatehouse.access.refusals import find_case, require_manage
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import User
from gatehouse.accounts.people import user_of
from gatehouse.accounts.requests import SAFE_METHODS, actor_of
from gatehouse.repos import likes
from gatehouse.repos.models import Repo, repo_path
from gatehouse.repos.repositories import RepoNotFound, find_repo, open_git
from gatehouse.storage.damage import refusal_of
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_repos import resolve_revision, split_revision
from gatehouse.web.pages import View, page, person, refusal_page


@dataclass
class Visit:
    """One request for a page of one repo that the actor may see."""

    request: HttpRequest
    case: Case
    repo: Repo

    @cached_property
    def person(self) -> User:
        """The one who asks, by their browser's session or by a token; raises Unauthorized for a stranger."""
        return person(self.request) if self.case.actor.token is None else user_of(self.case.actor)

    @cached_property
    def may_write(self) -> bool:
        return gate.write(self.case) is Answer.YES

    @cached_property
    def answer(self) -> Answer:
        """What the gate says to reading the files."""
        return gate.read_files(self.case)

    @property
    def may_read(self) -> bool:
        return self.answer is Answer.YES

    @cached_property
    def pending(self) -> int:
        """How many requests wait for the authors; 0 for everybody else."""
        return lists.pending_count(self.repo) if self.may_write else 0

    @cached_property
    def git(self) -> Repository:
        return open_git(self.repo.public_id)

    def ask_again(self) -> None:
        """Refuse an author who is none any more, after work that takes minutes."""
        drop_stale_connection()
        case = gate.case_by_pk(self.case.actor, self.repo.pk)
        if case is None:
            raise RepoNotFound
        require_manage(case)

    def split(self, tail: str) -> tuple[str, str]:
        """Split the rest of an address into revision and path, whether or not they exist."""
        rev, path = split_revision(self.git, tail)
        return rev, path.strip("/")

    def at(self, tail: str) -> "Place":
        """Find the revision that the rest of an address names; raises RevisionNotFound."""
        rev, path = self.split(tail)
        return Place(rev, resolve_revision(self.git, rev), path)

    def url(self, *parts: str) -> str:
        """Give the address of one of the repo's pages, or of a file in one."""
        return "/".join([self.repo.path, *(quote(part) for part in parts if part)])

    def render(self, template: str, tab: str, context: dict[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
        shared = {"visit": self, "repo": self.repo, "at": {tab: True}, "kind": self.repo.kind}
        return render(self.request, template, shared | context, status=status)


@dataclass(frozen=True)
class Place:
    """A path at a revision: `rev` as the address says it, `sha` the commit that it means now."""

    rev: str
    sha: str
    path: str

    @property
    def parent(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The folders on the way, each with its path, and the last part."""
        parts = self.path.split("/") if self.path else []
        return [(part, "/".join(parts[: number + 1])) for number, part in enumerate(parts)]


def repo_page(view: View) -> View:
    """Make a page of a repo. Under a former name, or one in other letters, it leads to the present one."""

    @page
    @wraps(view)
    def answered(
        request: HttpRequest, kind: str, namespace: str, name: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        repo_id = f"{namespace}/{name}"
        case = find_case(_actor(request), kind, repo_id)
        if case.repo_id != repo_id and request.method in SAFE_METHODS:
            rest = request.get_full_path().removeprefix(quote(repo_path(kind, repo_id)))
            return HttpResponseRedirect(case.path + rest)
        visit = Visit(request, case, find_repo(case.repo_pk, **likes.columns(case.actor.user_id)))
        try:
            return view(visit, *args, **kwargs)
        except (Refusal, GitError) as error:
            return refusal_page(request, refusal_of(error, request.path), repo_path=case.path)

    return answered


def _actor(request: HttpRequest) -> Actor:
    """Who asks. Forms are sent by people from pages: a token along with one would blur who has done it."""
    if request.method in SAFE_METHODS:
        return actor_of(request)
    user = person(request)
    return Actor(user.pk, user.username)


def authors_page(view: View) -> View:
    """Make a page of a repo for those who may change it."""

    @repo_page
    @wraps(view)
    def answered(visit: Visit, *args: Any, **kwargs: Any) -> HttpResponseBase:
        require_manage(visit.case)
        return view(visit, *args, **kwargs)

    return answered
