"""One repo's metadata, which is public also while its files are gated (HUB-API §3.3, GATING §1.3)."""

from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field
from pygit2 import Commit, Repository

from gatehouse.access.gate import Case
from gatehouse.hub_api.cases import case_of, git_of, repo_of
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.lineage import lineage
from gatehouse.hub_api.repo_json import RepoInfo, expandable, full_fields, to_json
from gatehouse.hub_api.schemas import hub_router
from gatehouse.hub_api.siblings import siblings
from gatehouse.repos import front_matter
from gatehouse.repos.card import LARGEST_CARD, text_file
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import folder_size
from gatehouse.storage.times import git_time

router = hub_router()


class Expand(BaseModel):
    """Which fields to give; Python writes `expand=a&expand=b`, JavaScript `expand[]=a`."""

    model_config = ConfigDict(populate_by_name=True)

    expand: list[str] = []
    expand_brackets: list[str] = Field([], alias="expand[]")

    def chosen(self, kind: str) -> set[str]:
        """Give the fields that were asked for; raises InvalidInput for one that no repo of this kind has."""
        chosen = {*self.expand, *self.expand_brackets}
        if not chosen <= expandable(kind):
            options = "|".join(f'"{name}"' for name in sorted(expandable(kind)))
            raise InvalidInput(f"Invalid option: expected one of {options}", "expand")
        return chosen


class InfoQuery(Expand):
    """How much to tell of one repo."""

    blobs: bool = False


@router.get("/{repo:repo}", response=RepoInfo, summary="A repo")
def info(request: HttpRequest, repo: str, wanted: Annotated[InfoQuery, Query()]) -> dict[str, object]:
    return _info(case_of(request, repo), None, wanted)


@router.get("/{repo:repo}/revision/{path:revision}", response=RepoInfo, summary="A repo at a revision")
def info_at_revision(
    request: HttpRequest, repo: str, revision: str, wanted: Annotated[InfoQuery, Query()]
) -> dict[str, object]:
    return _info(case_of(request, repo), revision, wanted)


@router.api_operation(["POST", "PUT", "PATCH", "DELETE"], "/{repo:repo}", include_in_schema=False)
def only_read(request: HttpRequest, repo: str) -> None:
    """Refuse; an unknown repo first, for `DELETE models/gpt2/like` is about a repo of a name that none has here."""
    case_of(request, repo)
    allow = {"Allow": "GET"}
    raise Refusal("This endpoint takes GET only.", status=HTTPStatus.METHOD_NOT_ALLOWED, headers=allow)


def _info(case: Case, revision: str | None, wanted: InfoQuery) -> dict[str, object]:
    repo = repo_of(case)
    fields = wanted.chosen(repo.kind) or full_fields(repo.kind)
    git = git_of(case)
    sha = repo.head if revision is None else resolve_revision(git, revision)
    more = _at(git, sha) if sha != repo.head else {}
    if "siblings" in fields:
        more["siblings"] = siblings(git, sha, case=case if wanted.blobs else None)
    if "mainSize" in fields:
        more["mainSize"] = folder_size(git, repo.head, "")
    return to_json(repo, fields, more | lineage(case.actor, [repo], fields)[repo.pk])


def _at(git: Repository, sha: str) -> dict[str, object]:
    """Give what differs at another revision than the default branch's head."""
    card: dict[str, Any] = front_matter.parse(text_file(git, sha, "README.md", LARGEST_CARD)).data
    return {
        "sha": sha,
        "lastModified": git_time(git[sha].peel(Commit).commit_time),
        "cardData": card or None,
    }
