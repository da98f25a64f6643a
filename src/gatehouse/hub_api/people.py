"""Users and organizations as others see them."""

from typing import Annotated, Literal

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from gatehouse.access import gate
from gatehouse.accounts import followers
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Membership, Namespace, Organization, User
from gatehouse.accounts.people import UserNotFound, find_organization, find_user
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.avatars import avatar_url
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.schemas import HubTime, OrgShort, Shown, UserShown, hub_router
from gatehouse.repos.keyset import beyond, read_time_cursor, write_cursor
from gatehouse.repos.models import Kind, Repo

router = hub_router()


class Counts(Shown):
    """How many repos of each kind the caller may see there."""

    num_models: int
    num_datasets: int
    num_spaces: int


class Followed(Shown):
    """How many follow this user or organization, and whether the caller is one of them."""

    num_followers: int
    is_following: bool | None = None


class Follows(Followed):
    """Also how many people and organizations a user follows."""

    num_following: int
    num_following_orgs: int


class UserOverview(UserShown, Counts, Follows):
    """A user's page."""

    orgs: list[OrgShort]
    created_at: HubTime


class OrgOverview(Counts, Followed):
    """An organization's page."""

    id: str = Field(serialization_alias="_id")
    name: str
    fullname: str
    avatar_url: str
    type: Literal["org"] = "org"
    num_users: int
    created_at: HubTime


class Member(UserShown):
    """A member of an organization, with the role they have there."""

    role: str


class MembersQuery(BaseModel):
    """What the list of members is narrowed to."""

    search: str = Field("", max_length=250)
    cursor: str = ""
    limit: int = Field(500, ge=10, le=10_000)


def user_shown(user: User) -> UserShown:
    return UserShown(
        id=user.public_id,
        avatar_url=avatar_url(user.username),
        fullname=user.fullname or user.username,
        user=user.username,
    )


def find_named(user: str | None, user_id: str | None) -> User:
    """Find an active user by name or by public id; raises UserNotFound."""
    if user is not None:
        return find_user(user)
    found = User.objects.filter(public_id=user_id, is_active=True).first()
    if found is None:
        raise UserNotFound
    return found


def org_short(organization: Organization) -> OrgShort:
    name = organization.namespace.name
    return OrgShort(
        id=organization.public_id, name=name, fullname=organization.namespace.fullname, avatar_url=avatar_url(name)
    )


def organizations_of(user: User) -> QuerySet[Membership]:
    """Give a user's memberships, with their organizations, by name."""
    return user.memberships.select_related("organization__namespace__user").order_by("organization__namespace__key")


@router.get("/users/{name}/overview", response=UserOverview, summary="A user")
def user_overview(request: HttpRequest, name: str) -> UserOverview:
    actor = actor_of(request)
    user = find_user(name)
    return UserOverview(
        **user_shown(user).model_dump(),
        **_counts(actor, user.namespace).model_dump(),
        **_follows(actor, user.namespace).model_dump(),
        orgs=[org_short(membership.organization) for membership in organizations_of(user)],
        created_at=user.date_joined,
    )


@router.get("/organizations/{name}/overview", response=OrgOverview, summary="An organization")
def organization_overview(request: HttpRequest, name: str) -> OrgOverview:
    actor = actor_of(request)
    organization = find_organization(name)
    return OrgOverview(
        **org_short(organization).model_dump(),
        **_counts(actor, organization.namespace).model_dump(),
        **_follows(actor, organization.namespace).model_dump(),
        num_users=organization.memberships.filter(user__is_active=True).count(),
        created_at=organization.created_at,
    )


@router.get("/organizations/{name}/members", response=list[Member], summary="The members of an organization")
def members(
    request: HttpRequest, response: HttpResponse, name: str, wanted: Annotated[MembersQuery, Query()]
) -> list[Member]:
    actor_of(request)
    rows = find_organization(name).memberships.filter(user__is_active=True).select_related("user")
    if wanted.search:
        rows = rows.filter(Q(user__username__icontains=wanted.search) | Q(user__fullname__icontains=wanted.search))
    if wanted.cursor:
        rows = beyond(rows, "joined_at", *read_time_cursor(wanted.cursor), ascending=True)
    page = list(rows.order_by("joined_at", "pk")[: wanted.limit + 1])
    if len(page) > wanted.limit:
        last = page[wanted.limit - 1]
        link_next(request, response, cursor=write_cursor(last.joined_at, last.pk))
    return [Member(**user_shown(row.user).model_dump(), role=row.role) for row in page[: wanted.limit]]


def _counts(actor: Actor, namespace: Namespace) -> Counts:
    rows = Repo.objects.filter(gate.visible_repos(actor), namespace=namespace).values_list("kind").annotate(Count("pk"))
    found = dict.fromkeys(Kind.values, 0) | dict(rows)
    return Counts(num_models=found[Kind.MODEL], num_datasets=found[Kind.DATASET], num_spaces=found[Kind.SPACE])


def _follows(actor: Actor, namespace: Namespace) -> Follows:
    columns = followers.columns(actor.user_id)
    told = Namespace.objects.annotate(**columns).values(*columns).get(pk=namespace.pk)
    return Follows(**told | ({"is_following": None} if actor.anonymous else {}))
