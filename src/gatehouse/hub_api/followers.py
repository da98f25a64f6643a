"""Who follows whom, page by page."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse

from gatehouse.accounts import followers
from gatehouse.accounts.models import User
from gatehouse.accounts.people import find_organization, find_user
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.paging import WantedPage, newest_page
from gatehouse.hub_api.people import user_shown
from gatehouse.hub_api.schemas import UserShown, hub_router

router = hub_router()


@router.get("/users/{name}/followers", response=list[UserShown], summary="Who follows a user")
def user_followers(request: HttpRequest, response: HttpResponse, name: str, wanted: WantedPage) -> list[UserShown]:
    actor_of(request)
    rows = followers.followers_of(find_user(name).namespace).select_related("follower")
    return _shown(row.follower for row in newest_page(request, response, rows, wanted))


@router.get("/users/{name}/following", response=list[UserShown], summary="The people that a user follows")
def user_following(request: HttpRequest, response: HttpResponse, name: str, wanted: WantedPage) -> list[UserShown]:
    actor_of(request)
    rows = followers.people_followed_by(find_user(name)).select_related("followed__user")
    return _shown(row.followed.user for row in newest_page(request, response, rows, wanted))


@router.get("/organizations/{name}/followers", response=list[UserShown], summary="Who follows an organization")
def organization_followers(
    request: HttpRequest, response: HttpResponse, name: str, wanted: WantedPage
) -> list[UserShown]:
    actor_of(request)
    rows = followers.followers_of(find_organization(name).namespace).select_related("follower")
    return _shown(row.follower for row in newest_page(request, response, rows, wanted))


def _shown(users: Iterable[User | None]) -> list[UserShown]:
    return [user_shown(user) for user in users if user]
