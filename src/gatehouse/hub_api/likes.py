"""Likes: given, taken back, and listed by repo and by person."""

from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from gatehouse.access import gate
from gatehouse.accounts.people import find_user, user_of
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.cases import case_of, person_of, repo_of
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.people import user_shown
from gatehouse.hub_api.repos import Nothing
from gatehouse.hub_api.schemas import HubTime, Shown, UserShown, hub_router
from gatehouse.repos import likes
from gatehouse.repos.keyset import read_number_cursor, write_cursor
from gatehouse.repos.models import Repo, RepoLike

router = hub_router()

LARGEST_PAGE = 1000


class LikedRepo(Shown):
    """A repo that somebody likes."""

    name: str
    type: str


class LikeShown(Shown):
    """A like."""

    created_at: HubTime
    repo: LikedRepo


class LikesQuery(BaseModel):
    """Which page of them."""

    limit: int = Field(LARGEST_PAGE, ge=1)
    cursor: str = ""


@router.post("/{repo:repo}/like", response=Nothing, summary="Like a repo")
def like(request: HttpRequest, repo: str) -> Nothing:
    actor = person_of(request, acts=True)
    likes.like(repo_of(case_of(request, repo)), user_of(actor))
    return Nothing()


@router.delete("/{repo:repo}/like", response=Nothing, summary="Take a like back")
def unlike(request: HttpRequest, repo: str) -> Nothing:
    actor = person_of(request, acts=True)
    likes.unlike(repo_of(case_of(request, repo)), user_of(actor))
    return Nothing()


@router.get("/{repo:repo}/likers", response=list[UserShown], summary="Who likes a repo")
def likers(
    request: HttpRequest, response: HttpResponse, repo: str, wanted: Annotated[LikesQuery, Query()]
) -> list[UserShown]:
    case = case_of(request, repo)
    rows = RepoLike.objects.filter(repo_id=case.repo_pk, user__is_active=True)
    return [user_shown(row.user) for row in _page(request, response, rows.select_related("user"), wanted)]


@router.get("/users/{name}/likes", response=list[LikeShown], summary="What a person likes")
def liked(
    request: HttpRequest, response: HttpResponse, name: str, wanted: Annotated[LikesQuery, Query()]
) -> list[LikeShown]:
    visible = Repo.objects.filter(gate.visible_repos(actor_of(request)))
    rows = RepoLike.objects.filter(user=find_user(name), repo__in=visible).select_related("repo__namespace")
    return [
        LikeShown(created_at=row.at, repo=LikedRepo(name=row.repo.repo_id, type=row.repo.kind))
        for row in _page(request, response, rows, wanted)
    ]


def _page(request: HttpRequest, response: HttpResponse, rows: QuerySet[RepoLike], wanted: LikesQuery) -> list[RepoLike]:
    if wanted.cursor:
        rows = rows.filter(pk__lt=read_number_cursor(wanted.cursor)[1])
    limit = min(wanted.limit, LARGEST_PAGE)
    page = list(rows.order_by("-pk")[: limit + 1])
    if len(page) > limit:
        link_next(request, response, cursor=write_cursor(0, page[limit - 1].pk))
    return page[:limit]
