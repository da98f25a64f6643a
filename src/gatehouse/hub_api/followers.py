"""Who follows whom, page by page."""

from collections.abc import Iterable
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from gatehouse.accounts import followers
from gatehouse.accounts.models import Follow, User
from gatehouse.accounts.people import find_organization, find_user
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.people import user_shown
from gatehouse.hub_api.schemas import UserShown, hub_router
from gatehouse.repos.keyset import read_number_cursor, write_cursor

router = hub_router()

LARGEST_PAGE = 1000


class FollowersQuery(BaseModel):
    """Which page of them."""

    limit: int = Field(LARGEST_PAGE, ge=1)
    cursor: str = ""


Wanted = Annotated[FollowersQuery, Query()]


@router.get("/users/{name}/followers", response=list[UserShown], summary="Who follows a user")
def user_followers(request: HttpRequest, response: HttpResponse, name: str, wanted: Wanted) -> list[UserShown]:
    actor_of(request)
    rows = followers.followers_of(find_user(name).namespace).select_related("follower")
    return _shown(row.follower for row in _page(request, response, rows, wanted))


@router.get("/users/{name}/following", response=list[UserShown], summary="The people that a user follows")
def user_following(request: HttpRequest, response: HttpResponse, name: str, wanted: Wanted) -> list[UserShown]:
    actor_of(request)
    rows = followers.people_followed_by(find_user(name)).select_related("followed__user")
    return _shown(row.followed.user for row in _page(request, response, rows, wanted))


@router.get("/organizations/{name}/followers", response=list[UserShown], summary="Who follows an organization")
def organization_followers(request: HttpRequest, response: HttpResponse, name: str, wanted: Wanted) -> list[UserShown]:
    actor_of(request)
    rows = followers.followers_of(find_organization(name).namespace).select_related("follower")
    return _shown(row.follower for row in _page(request, response, rows, wanted))


def _shown(users: Iterable[User | None]) -> list[UserShown]:
    return [user_shown(user) for user in users if user]


def _page(request: HttpRequest, response: HttpResponse, rows: QuerySet[Follow], wanted: FollowersQuery) -> list[Follow]:
    if wanted.cursor:
        rows = rows.filter(pk__lt=read_number_cursor(wanted.cursor)[1])
    limit = min(wanted.limit, LARGEST_PAGE)
    page = list(rows.order_by("-pk")[: limit + 1])
    if len(page) > limit:
        link_next(request, response, cursor=write_cursor(0, page[limit - 1].pk))
    return page[:limit]
