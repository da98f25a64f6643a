"""Quick search: a few repos, organizations and people by the beginning of their names."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Annotated, Literal

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from gatehouse.access import repo_lists
from gatehouse.access.repo_lists import Wanted
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Organization, User
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.people import org_short, user_shown
from gatehouse.hub_api.repo_json import HEAVY_COLUMNS
from gatehouse.hub_api.schemas import Shown, hub_router
from gatehouse.repos.models import Kind, Repo

router = hub_router()

ResultType = Literal["model", "dataset", "space", "org", "user", "paper", "collection", "bucket", "kernel"]
MOST_RESULTS = 20
MOST_COUNTED = 1000


class RepoFound(Shown):
    """A repo."""

    id: str
    private: bool
    trending_weight: int


class SpaceFound(RepoFound):
    """A space, with the emoji of its card."""

    emoji: str


class OrgFound(Shown):
    """An organization."""

    id: str = Field(serialization_alias="_id")
    name: str
    fullname: str
    avatar_url: str


class UserFound(Shown):
    """A user."""

    id: str = Field(serialization_alias="_id")
    user: str
    fullname: str
    avatar_url: str


class Found(Shown):
    """What was found of each type that was asked for."""

    q: str
    models: list[RepoFound] = []
    models_count: int = 0
    datasets: list[RepoFound] = []
    datasets_count: int = 0
    spaces: list[SpaceFound] = []
    spaces_count: int = 0
    orgs: list[OrgFound] = []
    users: list[UserFound] = []
    # What the Hub finds too, and a hub like this has none of.
    papers: list[None] = []
    papers_count: int = 0
    collections: list[None] = []
    collections_count: int = 0
    buckets: list[None] = []
    buckets_count: int = 0
    kernels: list[None] = []
    kernels_count: int = 0


class QuickQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(populate_by_name=True)

    q: str = Field("", max_length=250)
    limit: int = Field(MOST_RESULTS, ge=1, le=MOST_RESULTS)
    type: list[ResultType] = []
    type_brackets: list[ResultType] = Field([], alias="type[]")


@router.get("/quicksearch", response=Found, summary="A few repos, organizations and people")
def quicksearch(request: HttpRequest, wanted: Annotated[QuickQuery, Query()]) -> Found:
    actor = actor_of(request)
    q = wanted.q.strip()
    types = {*wanted.type, *wanted.type_brackets} or {"model", "dataset", "space", "org", "user"}
    found = Found(q=wanted.q)
    if "model" in types:
        found.models, found.models_count = _repos(actor, Kind.MODEL, q, wanted.limit)
    if "dataset" in types:
        found.datasets, found.datasets_count = _repos(actor, Kind.DATASET, q, wanted.limit)
    if "space" in types:
        found.spaces, found.spaces_count = _spaces(actor, q, wanted.limit)
    if "org" in types:
        found.orgs = _organizations(q, wanted.limit)
    if "user" in types and not actor.anonymous:
        found.users = _users(q, wanted.limit)
    return found


def _repos(actor: Actor, kind: Kind, q: str, limit: int) -> tuple[list[RepoFound], int]:
    repos, number = _found(actor, Wanted(kind, search=q), limit, unneeded=HEAVY_COLUMNS)
    return [RepoFound(id=repo.repo_id, private=repo.private, trending_weight=repo.likes) for repo in repos], number


def _spaces(actor: Actor, q: str, limit: int) -> tuple[list[SpaceFound], int]:
    repos, number = _found(actor, Wanted(Kind.SPACE, search=q), limit, unneeded=HEAVY_COLUMNS - {"card"})
    found = [
        SpaceFound(id=repo.repo_id, private=repo.private, trending_weight=repo.likes, emoji=_emoji(repo))
        for repo in repos
    ]
    return found, number


def _emoji(repo: Repo) -> str:
    emoji = repo.card.get("emoji")
    return emoji if isinstance(emoji, str) else ""


def _found(actor: Actor, wanted: Wanted, limit: int, *, unneeded: AbstractSet[str]) -> tuple[Sequence[Repo], int]:
    """Give the first repos, and how many there are."""
    load = Repo.objects.select_related("namespace").defer(*unneeded)
    page = repo_lists.page(actor, wanted, order="likes", limit=limit, load=load, count_to=MOST_COUNTED)
    return page.repos, page.number


def _organizations(q: str, limit: int) -> list[OrgFound]:
    named = Q(namespace__key__startswith=q.lower()) | Q(fullname__icontains=q)
    rows = Organization.objects.filter(named).select_related("namespace__organization").order_by("namespace__key")
    return [OrgFound(**org_short(row).model_dump()) for row in rows.select_related("namespace__user")[:limit]]


def _users(q: str, limit: int) -> list[UserFound]:
    named = Q(namespace__key__startswith=q.lower()) | Q(fullname__icontains=q)
    rows = User.objects.filter(named, is_active=True).order_by("namespace__key")[:limit]
    return [UserFound(**user_shown(user).model_dump(include={"id", "user", "fullname", "avatar_url"})) for user in rows]
