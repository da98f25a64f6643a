"""A copy of a repo under another name, for those who may have its files (HUB-API §5)."""

from typing import Literal

from django.http import HttpRequest

from gatehouse.access import contributions
from gatehouse.access.refusals import Unauthorized
from gatehouse.accounts.actor import token_in
from gatehouse.accounts.names import split_repo_id
from gatehouse.accounts.people import find_namespace, user_of
from gatehouse.hub_api.callers_address import at_callers_address
from gatehouse.hub_api.cases import readable_case, repo_of
from gatehouse.hub_api.repos import ForTheHubOnly, require_creation
from gatehouse.hub_api.schemas import UrlShown, hub_router
from gatehouse.repos import duplicates

router = hub_router()


class Duplicate(ForTheHubOnly):
    """What the copy is to be called, and who may see it."""

    repository: str
    private: bool | None = None
    visibility: Literal["public", "private"] | None = None


class Duplicated(UrlShown):
    """The copy, which is complete."""

    files_copy_pending: bool = False


@router.post("/{repo:repo}/duplicate", response=Duplicated, summary="Copy a repo")
def duplicate(request: HttpRequest, repo: str, wanted: Duplicate) -> Duplicated:
    case = readable_case(request, repo)
    if case.actor.anonymous:
        raise Unauthorized
    wanted.refuse()
    to, name = split_repo_id(wanted.repository)
    namespace = find_namespace(to)
    require_creation(case.actor, namespace, case.kind, name)
    # Unless they say so, nobody opens to all what was theirs alone to read.
    private = case.private or bool(case.gated)
    if wanted.visibility is not None or wanted.private is not None:
        private = bool(wanted.private) or wanted.visibility == "private"
    source, user = repo_of(case), user_of(case.actor)
    copy = duplicates.duplicate(source, namespace, name, creator=user, private=private)
    contributions.note(case.actor, token_in(request.headers.get("Authorization", "")), copy)
    return Duplicated(url=at_callers_address(request, copy.url))
