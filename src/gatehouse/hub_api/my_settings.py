"""The caller's own settings: letters about requests, and what their repos take up."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from gatehouse.access import gate
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Namespace, User
from gatehouse.accounts.people import find_organization, may_create_in, user_of
from gatehouse.hub_api.cases import person_of
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.repo_json import HEAVY_COLUMNS
from gatehouse.hub_api.schemas import HubTime, SentExactly, Shown, hub_router
from gatehouse.repos.keyset import beyond, read_number_cursor, read_time_cursor, write_cursor
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal

router = hub_router()

LARGEST_PAGE = 1000


class Notifications(SentExactly):
    """Letters that one may wish for or not."""

    gated_user_access_request: bool | None = Field(None, alias="gated_user_access_request")


class NotificationsBody(SentExactly):
    """As the Hub wraps it."""

    notifications: Notifications


class RepoStorage(Shown):
    """A repo and the bytes of its large files."""

    id: str
    type: str
    updated_at: HubTime
    visibility: Literal["public", "private"]
    storage: int
    storage_percent: float


class StorageQuery(BaseModel):
    """Which of the repos."""

    search: str = Field("", max_length=250)
    type: Literal["model", "dataset", "space", "bucket", "kernel"] | None = None
    sort: Literal["storage", "updatedAt"] = "storage"
    direction: Literal["asc", "desc"] = "desc"
    limit: int = Field(LARGEST_PAGE, ge=1)
    cursor: str = ""


# By the Hub's name: the column that the order goes by, and how a cursor of it is read.
_SORTS: dict[str, tuple[str, Callable[[str], tuple[Any, int]]]] = {
    "storage": ("used_storage", read_number_cursor),
    "updatedAt": ("last_modified", read_time_cursor),
}


@router.patch("/settings/notifications", response=NotificationsBody, summary="Wish for letters, or not")
def notifications(request: HttpRequest, wanted: NotificationsBody) -> NotificationsBody:
    actor = person_of(request, acts=True)
    wish = wanted.notifications.gated_user_access_request
    if wish is not None:
        User.objects.filter(pk=user_of(actor).pk).update(wants_request_letters=wish)
    return wanted


@router.get("/settings/repositories", response=list[RepoStorage], summary="One's own repos and what they take up")
def my_repositories(
    request: HttpRequest, response: HttpResponse, wanted: Annotated[StorageQuery, Query()]
) -> list[RepoStorage]:
    actor = person_of(request)
    return _page(request, response, actor, user_of(actor).namespace, wanted)


@router.get(
    "/organizations/{name}/settings/repositories", response=list[RepoStorage], summary="An organization's repos"
)
def organization_repositories(
    request: HttpRequest, response: HttpResponse, name: str, wanted: Annotated[StorageQuery, Query()]
) -> list[RepoStorage]:
    actor = person_of(request)
    namespace = find_organization(name).namespace
    if not may_create_in(actor, namespace):
        raise Refusal("Only members who may make repos there see this.", status=403)
    return _page(request, response, actor, namespace, wanted)


def _page(
    request: HttpRequest, response: HttpResponse, actor: Actor, namespace: Namespace, wanted: StorageQuery
) -> list[RepoStorage]:
    rows = Repo.objects.filter(gate.visible_repos(actor), namespace=namespace)
    total = rows.aggregate(total=Sum("used_storage"))["total"] or 0
    if wanted.type:
        rows = rows.filter(kind=wanted.type)
    if wanted.search:
        rows = rows.filter(key__contains=wanted.search.lower())
    column, read_cursor = _SORTS[wanted.sort]
    ascending = wanted.direction == "asc"
    if wanted.cursor:
        rows = beyond(rows, column, *read_cursor(wanted.cursor), ascending=ascending)
    limit = min(wanted.limit, LARGEST_PAGE)
    order = (column, "pk") if ascending else (f"-{column}", "-pk")
    page = list(rows.select_related("namespace").defer(*HEAVY_COLUMNS).order_by(*order)[: limit + 1])
    if len(page) > limit:
        last = page[limit - 1]
        link_next(request, response, cursor=write_cursor(getattr(last, column), last.pk))
    return [_storage(repo, total) for repo in page[:limit]]


def _storage(repo: Repo, total: int) -> RepoStorage:
    return RepoStorage(
        id=repo.repo_id,
        type=repo.kind,
        updated_at=repo.last_modified,
        visibility="private" if repo.private else "public",
        storage=repo.used_storage,
        storage_percent=round(100 * repo.used_storage / total, 2) if total else 0,
    )
