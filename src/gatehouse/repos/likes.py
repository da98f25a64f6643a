"""Likes: one of a person for a repo, counted in the repo's row."""

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from gatehouse.accounts.models import User
from gatehouse.repos.models import Repo, RepoLike


def columns(user_id: int | None) -> dict[str, Exists]:
    """Give what a Repo can be asked for in the same statement: whether `user_id` likes it."""
    return {"is_liked": Exists(RepoLike.objects.filter(repo=OuterRef("pk"), user=user_id or 0))}


def like(repo: Repo, user: User) -> None:
    """Like `repo`; liking it twice changes nothing."""
    with transaction.atomic():
        _, new = RepoLike.objects.get_or_create(repo=repo, user=user)
        if new:
            Repo.objects.filter(pk=repo.pk).update(likes=F("likes") + 1)


def unlike(repo: Repo, user: User) -> None:
    """Take a like back; without one nothing changes."""
    with transaction.atomic():
        gone, _ = RepoLike.objects.filter(repo=repo, user=user).delete()
        if gone:
            Repo.objects.filter(pk=repo.pk).update(likes=F("likes") - 1)
