"""Lists of repos as clients ask for them; what they show is decided in access/repo_lists.py."""

import re
from contextlib import suppress
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from gatehouse.access import repo_lists
from gatehouse.access.repo_lists import Wanted
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.lineage import lineage
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.repo_info import Expand
from gatehouse.hub_api.repo_json import RepoInfo, full_fields, listed_fields, to_json, unneeded_columns
from gatehouse.hub_api.schemas import hub_router
from gatehouse.hub_api.siblings import siblings
from gatehouse.repos.keyset import LARGEST_INTEGER
from gatehouse.repos.models import Kind, Repo, read_tags
from gatehouse.repos.repositories import RepoNotFound, open_git
from gatehouse.storage.damage import UNREADABLE

router = hub_router()

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
LARGEST_LIMIT_WITH_FILES = 100
ONE_BY_ONE = {"config", "gguf", "mask_token", "safetensors", "transformersInfo", "widgetData"}  # not in `full` lists
SORTS = {
    "lastModified": "last_modified",
    "last_modified": "last_modified",
    "createdAt": "created_at",
    "created_at": "created_at",
    "downloads": "downloads",
    "likes": "likes",
    "likes30d": "likes",
    "trendingScore": "likes",
    "trending_score": "likes",
    "id": "key",
    "num_parameters": "num_parameters",
    "mainSize": "main_size",
    "datasetsServerInfo.numRows": "num_rows",
}
_PARAMETERS = re.compile(r"(min|max):(\d{1,12}(?:\.\d{1,6})?)([KMBT]?)", re.IGNORECASE)
_THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


class ListQuery(Expand):
    """What a list is narrowed to, and how it is ordered. What the caller does not send does not narrow it."""

    search: list[str] = []
    author: str = ""
    filter: list[str] = []
    tags: list[str] = []
    apps: list[str] = []
    pipeline_tag: str = ""
    library: list[str] = []
    language: list[str] = []
    license: list[str] = []
    gated: bool | None = None
    num_parameters: str = ""
    inference: str = ""
    inference_provider: list[str] = []
    datasets: list[str] = []
    models: list[str] = []
    linked: bool = False
    sort: Literal[
        "lastModified", "last_modified", "createdAt", "created_at", "downloads", "likes", "likes30d",
        "trendingScore", "trending_score", "id", "num_parameters", "mainSize", "datasetsServerInfo.numRows",
    ] = "lastModified"  # fmt: skip
    direction: Literal["-1", "1", "asc", "desc", ""] = ""
    limit: int = Field(DEFAULT_LIMIT, ge=1)
    cursor: str = ""
    full: bool = False
    card_data: bool = Field(False, alias="cardData")
    config: bool = False

    @property
    def ascending(self) -> bool:
        """Names come from A to Z: the client that asks for their order has no word for the direction."""
        return self.direction in {"1", "asc"} or (self.sort == "id" and not self.direction)

    def narrowing(self, kind: str) -> Wanted:
        plain = [[tag] for tag in (*self.filter, *self.tags, *self.apps, *self.library)]
        languages = [[name, f"language:{name}"] for name in self.language]
        uses = [[f"dataset:{name}"] for name in self.datasets] + [[f"model:{name}"] for name in self.models]
        licenses = [[f"license:{name.removeprefix('license:')}"] for name in self.license]
        return Wanted(
            kind,
            search=" ".join(self.search),
            author=self.author,
            gated=self.gated,
            task=self.pipeline_tag,
            tags=plain + uses + languages + licenses,
            parameters=_parameters(self.num_parameters) if self.num_parameters else None,
            linked=self.linked and kind == Kind.SPACE,
        )

    def fields(self, kind: str) -> set[str]:
        """Give the fields that each repo of the list shows."""
        named = self.chosen(kind)
        if named:
            return named
        asked = {name for name, wanted in (("cardData", self.card_data), ("config", self.config)) if wanted}
        return (full_fields(kind) - ONE_BY_ONE if self.full else listed_fields(kind)) | asked


@router.get("/models", response=list[RepoInfo], summary="Models")
def models(
    request: HttpRequest, response: HttpResponse, wanted: Annotated[ListQuery, Query()]
) -> list[dict[str, object]]:
    return _page(request, response, Kind.MODEL, wanted)


@router.get("/datasets", response=list[RepoInfo], summary="Datasets")
def datasets(
    request: HttpRequest, response: HttpResponse, wanted: Annotated[ListQuery, Query()]
) -> list[dict[str, object]]:
    return _page(request, response, Kind.DATASET, wanted)


@router.get("/spaces", response=list[RepoInfo], summary="Spaces")
def spaces(
    request: HttpRequest, response: HttpResponse, wanted: Annotated[ListQuery, Query()]
) -> list[dict[str, object]]:
    return _page(request, response, Kind.SPACE, wanted)


def _page(request: HttpRequest, response: HttpResponse, kind: Kind, wanted: ListQuery) -> list[dict[str, object]]:
    fields = wanted.fields(kind)
    if wanted.inference or wanted.inference_provider:
        return []  # no repo here is served by a provider
    actor = actor_of(request)
    found = repo_lists.page(
        actor,
        wanted.narrowing(kind),
        order=SORTS[wanted.sort],
        ascending=wanted.ascending,
        cursor=wanted.cursor,
        limit=min(wanted.limit, LARGEST_LIMIT_WITH_FILES if "siblings" in fields else LARGEST_LIMIT),
        load=_with_columns(fields),
    )
    if found.next:
        link_next(request, response, cursor=found.next)
    if {"tags", "baseModels"} & fields:
        read_tags(found.repos)
    kin = lineage(actor, found.repos, fields)
    return [to_json(repo, fields, _files(repo, fields) | kin.get(repo.pk, {})) for repo in found.repos]


def _files(repo: Repo, fields: set[str]) -> dict[str, object]:
    if "siblings" not in fields:
        return {}
    with suppress(RepoNotFound, *UNREADABLE):
        return {"siblings": siblings(open_git(repo.public_id), repo.head)}
    return {}  # deleted while the list was read, or damaged: the others are shown all the same


def _with_columns(fields: set[str]) -> QuerySet[Repo]:
    """Load what the fields need, and no more: cards can be long."""
    return Repo.objects.select_related("namespace").defer(*unneeded_columns(fields))


def _parameters(text: str) -> tuple[int, int]:
    """Read a range such as `min:6B,max:128B` of numbers of parameters."""
    bounds = {"min": 0, "max": LARGEST_INTEGER}
    for part in text.split(","):
        match = _PARAMETERS.fullmatch(part.strip())
        if match is None:
            raise InvalidInput('Invalid input: expected a range such as "min:6B,max:128B"', "num_parameters")
        bounds[match[1].lower()] = min(int(float(match[2]) * _THOUSANDS[match[3].lower()]), LARGEST_INTEGER)
    return bounds["min"], bounds["max"]
