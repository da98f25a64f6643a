"""From a path like `models/namespace/name` to what the gate says about it."""

from http import HTTPStatus

from django.http import HttpRequest
from pygit2 import Repository

from gatehouse.access import gate
from gatehouse.access.gate import Case
from gatehouse.access.refusals import Unauthorized, find_case, require_files, require_manage, require_write
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.requests import actor_of
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import RepoNotFound, find_repo, open_git
from gatehouse.storage.database import drop_stale_connection
from gatehouse.storage.errors import Refusal


class RepoConverter:
    """The part of an API path that names a repo: `models|datasets|spaces`, namespace, name."""

    # What the Hub has at the address of a space is not taken for one.
    regex = r"(?!spaces/zero-gpu/quota(?:/|$))(?:models|datasets|spaces)/[^/]+/[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def case_of(request: HttpRequest, repo: str) -> Case:
    """Gather the case of the caller and the repo of this path; raises RepoNotFound, Unauthorized, BadCredentials."""
    kinds, _, repo_id = repo.partition("/")
    return find_case(actor_of(request), kinds.removesuffix("s"), repo_id)


def readable_case(request: HttpRequest, repo: str) -> Case:
    """As `case_of`; refuses whoever may not have the repo's files."""
    case = case_of(request, repo)
    require_files(case)
    return case


def writable_case(request: HttpRequest, repo: str) -> Case:
    """As `case_of`; refuses whoever may not change the repo."""
    case = case_of(request, repo)
    require_write(case)
    return case


def still_writable(request: HttpRequest, case: Case) -> Case:
    """Gather a case anew when all has come that was to be written, which may have taken hours; refuses as before."""
    drop_stale_connection()
    now = gate.case_by_pk(actor_of(request), case.repo_pk)
    if now is None:
        raise RepoNotFound
    require_write(now)
    return now


def managed_case(request: HttpRequest, repo: str) -> Case:
    """As `case_of`; refuses whoever may not change the repo's settings or decide about its access requests."""
    case = case_of(request, repo)
    require_manage(case)
    return case


def repo_of(case: Case) -> Repo:
    """Load the repo's row; raises RepoNotFound if it was deleted a moment ago."""
    try:
        return find_repo(case.repo_pk)
    except Repo.DoesNotExist as error:
        raise RepoNotFound from error


def git_of(case: Case) -> Repository:
    """Open the repo's git repository; raises RepoNotFound if it was deleted a moment ago."""
    return open_git(case.public_id)


def person_of(request: HttpRequest, *, acts: bool = False) -> Actor:
    """Give the caller, who must be somebody; whoever `acts` in their own name needs more than a narrowed token."""
    actor = actor_of(request)
    if actor.anonymous:
        raise Unauthorized
    if acts and actor.token is not None and actor.token.scope != "write":
        raise Refusal("This token may not act in your name: use one with the role write.", status=HTTPStatus.FORBIDDEN)
    return actor
