"""Lists of repos: filtered, searched, sorted, page by page; nobody sees more in them than the gate allows."""

import re
from datetime import datetime
from typing import Annotated, Literal

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from gatehouse.access import gate
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.paging import LARGEST_INTEGER, link_next, read_number_cursor, read_time_cursor, write_cursor
from gatehouse.hub_api.repo_info import Expand
from gatehouse.hub_api.repo_json import HEAVY_COLUMNS, RepoInfo, full_fields, listed_fields, to_json
from gatehouse.hub_api.schemas import hub_router
from gatehouse.hub_api.siblings import siblings
from gatehouse.repos.models import Kind, Repo, RepoTag
from gatehouse.repos.repositories import open_git

router = hub_router()

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
LARGEST_LIMIT_WITH_FILES = 100
MOST_FILTERS = 50
SORTS = {
    "lastModified": "last_modified",
    "last_modified": "last_modified",
    "createdAt": "created_at",
    "created_at": "created_at",
    "downloads": "downloads",
    "likes": "likes",
    "trendingScore": "likes",
    "trending_score": "likes",
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
    sort: Literal[
        "lastModified", "last_modified", "createdAt", "created_at", "downloads", "likes", "trendingScore",
        "trending_score",
    ] = "lastModified"  # fmt: skip
    direction: Literal["-1", "1", "asc", "desc"] = "-1"
    limit: int = Field(DEFAULT_LIMIT, ge=1)
    cursor: str = ""
    full: bool = False
    card_data: bool = Field(False, alias="cardData")
    config: bool = False

    @property
    def column(self) -> str:
        return SORTS[self.sort]

    @property
    def ascending(self) -> bool:
        return self.direction in {"1", "asc"}

    def fields(self, kind: str) -> set[str]:
        """Give the fields that each repo of the list shows."""
        named = self.chosen(kind)
        if named:
            return named
        asked = {name for name, wanted in (("cardData", self.card_data), ("config", self.config)) if wanted}
        return (full_fields(kind) - {"config", "gguf", "safetensors"} if self.full else listed_fields(kind)) | asked


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
    rows = Repo.objects.filter(gate.visible_repos(actor_of(request)), kind=kind)
    rows = _sorted(_filtered(rows, wanted), wanted)
    limit = min(wanted.limit, LARGEST_LIMIT_WITH_FILES if "siblings" in fields else LARGEST_LIMIT)
    page = list(_with_columns(rows, fields)[: limit + 1])
    if len(page) > limit:
        last = page[limit - 1]
        link_next(request, response, cursor=write_cursor(getattr(last, wanted.column), last.pk))
    return [to_json(repo, fields, _more(repo, fields)) for repo in page[:limit]]


def _more(repo: Repo, fields: set[str]) -> dict[str, object]:
    return {"siblings": siblings(open_git(repo.public_id), repo.head)} if "siblings" in fields else {}


def _with_columns(rows: QuerySet[Repo], fields: set[str]) -> QuerySet[Repo]:
    """Load what the fields need, and no more: cards can be long."""
    unused = [column for name, column in HEAVY_COLUMNS.items() if name not in fields]
    if {"model-index", "sdk", "datasets", "models"} & fields:
        unused.remove("card") if "card" in unused else None
    rows = rows.select_related("namespace").defer(*unused)
    if "tags" in fields:
        rows = rows.prefetch_related(Prefetch("repo_tags", RepoTag.objects.order_by("pk")))
    return rows


def _filtered(rows: QuerySet[Repo], wanted: ListQuery) -> QuerySet[Repo]:
    if wanted.author:
        rows = rows.filter(namespace__key=wanted.author.lower())
    for word in " ".join(wanted.search).lower().split()[:MOST_FILTERS]:
        rows = rows.filter(key__contains=word)
    if wanted.gated is not None:
        rows = rows.exclude(gated="") if wanted.gated else rows.filter(gated="")
    if wanted.pipeline_tag:
        rows = rows.filter(pipeline_tag=wanted.pipeline_tag)
    if wanted.inference or wanted.inference_provider:
        return rows.none()  # no repo here is served by a provider
    for alternatives in _tags(wanted)[:MOST_FILTERS]:
        rows = rows.filter(pk__in=RepoTag.objects.filter(tag__in=alternatives).values("repo"))
    return rows.filter(_parameters(wanted.num_parameters)) if wanted.num_parameters else rows


def _tags(wanted: ListQuery) -> list[list[str]]:
    """Give the tags that a repo must have, each with the ways in which it may be written."""
    plain = [[tag] for tag in (*wanted.filter, *wanted.tags, *wanted.apps, *wanted.library)]
    languages = [[name, f"language:{name}"] for name in wanted.language]
    return plain + languages + [[f"license:{name.removeprefix('license:')}"] for name in wanted.license]


def _parameters(text: str) -> Q:
    """Read a range such as `min:6B,max:128B` of numbers of parameters."""
    condition = Q(num_parameters__isnull=False)
    for part in text.split(","):
        match = _PARAMETERS.fullmatch(part.strip())
        if match is None:
            raise InvalidInput('Invalid input: expected a range such as "min:6B,max:128B"', "num_parameters")
        bound = min(int(float(match[2]) * _THOUSANDS[match[3].lower()]), LARGEST_INTEGER)
        condition &= Q(num_parameters__gte=bound) if match[1].lower() == "min" else Q(num_parameters__lte=bound)
    return condition


def _sorted(rows: QuerySet[Repo], wanted: ListQuery) -> QuerySet[Repo]:
    sign = "" if wanted.ascending else "-"
    rows = rows.order_by(f"{sign}{wanted.column}", f"{sign}pk")
    if not wanted.cursor:
        return rows
    value: object
    value, pk = (read_time_cursor if wanted.column.endswith(("_at", "_modified")) else read_number_cursor)(
        wanted.cursor
    )
    if isinstance(value, datetime) and connection.vendor == "sqlite":
        value = connection.ops.adapt_datetimefield_value(value)
    # By row value, as one range of the index; the ORM's OR form would read everything before it.
    comparison = ">" if wanted.ascending else "<"
    return rows.extra(  # noqa: S610 - names come from SORTS, values are parameters
        where=[f'("repos_repo"."{wanted.column}", "repos_repo"."id") {comparison} (%s, %s)'], params=[value, pk]
    )
