"""Who follows whom: people follow people and organizations, and everybody may know it."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gatehouse.accounts.models import Follow, Namespace, User
from gatehouse.storage.errors import Refusal


def follow(user: User, owner: Namespace) -> None:
    """Follow `owner`; following twice changes nothing."""
    if owner.user_id == user.pk:
        raise Refusal("Nobody can follow themselves.")
    Follow.objects.get_or_create(follower=user, followed=owner)


def unfollow(user: User, owner: Namespace) -> None:
    Follow.objects.filter(follower=user, followed=owner).delete()


def followers_of(owner: Any) -> QuerySet[Follow]:
    """Give those who follow `owner`, without those who are shut out."""
    return Follow.objects.filter(followed=owner, follower__is_active=True)


def people_followed_by(user: Any) -> QuerySet[Follow]:
    return Follow.objects.filter(follower=user, followed__user__is_active=True)


def organizations_followed_by(user: Any) -> QuerySet[Follow]:
    return Follow.objects.filter(follower=user, followed__organization__isnull=False)


def columns(user_id: int | None) -> dict[str, Any]:
    """Give what a Namespace can be asked for in the same statement: how many follow it, and whether `user_id` does."""
    owner, user = OuterRef("pk"), OuterRef("user")
    return {
        "num_followers": _count(followers_of(owner), "followed"),
        "num_following": _count(people_followed_by(user), "follower"),
        "num_following_orgs": _count(organizations_followed_by(user), "follower"),
        "is_following": Exists(Follow.objects.filter(follower=user_id or 0, followed=owner)),
    }


def _count(rows: QuerySet[Follow], of: str) -> Coalesce:
    return Coalesce(Subquery(rows.values(of).annotate(number=Count("pk")).values("number")), 0)
