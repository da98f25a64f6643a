"""Which large files' bytes belong to a repo. Knowing an object id is never enough to get them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import lock_repo, open_git
from gatehouse.storage.blobs import Blob
from gatehouse.storage.git_pointers import all_pointers

BATCH = 500


def holds(repo_pk: int, oid: str) -> bool:
    return RepoBlob.objects.filter(repo_id=repo_pk, oid=oid).exists()


def held_sizes(repo_pk: int, oids: Iterable[str]) -> dict[str, int]:
    """Give the sizes of those of `oids` that belong to the repo."""
    rows = RepoBlob.objects.filter(repo_id=repo_pk, oid__in=list(oids))
    return dict(rows.values_list("oid", "size"))


def take_in(repo_pk: int, *taken: Blob, user_pk: int | None) -> None:
    """Note that these bytes, just received in full or readable by the one who copies them, belong to the repo.

    Raises RepoNotFound when it was deleted while they came.
    """
    with transaction.atomic():
        lock_repo(Repo(pk=repo_pk))
        RepoBlob.objects.bulk_create(
            [RepoBlob(repo_id=repo_pk, oid=blob.oid, size=blob.size, added_by_id=user_pk) for blob in taken],
            update_conflicts=True,
            unique_fields=["repo", "oid"],
            update_fields=["added_at"],  # sent again, they wait for a commit anew
        )


def name(repo_pk: int, oids: Iterable[str]) -> None:
    """Note that a commit is about to name these blobs, as far as they belong to the repo: they stay with it.

    Should the commit fail, git will not name them, and they are given up later.
    """
    RepoBlob.objects.filter(repo_id=repo_pk, oid__in=list(oids)).update(named_at=timezone.now())


def give_up_unneeded(public_id: str, waiting: QuerySet[RepoBlob]) -> int:
    """Take from a repo those of its `waiting` blobs that no object in git names, on any branch or on none.

    What a commit is about to name meanwhile is no longer `waiting`, and stays. Returns how many are given up.
    """
    named = {pointer.oid for pointer in all_pointers(open_git(public_id))}
    asked = set(waiting.values_list("oid", flat=True))
    for oids in _batches(asked & named):
        waiting.filter(oid__in=oids, named_at__isnull=True).update(named_at=timezone.now())
    return sum(waiting.filter(oid__in=oids).delete()[0] for oids in _batches(asked - named))


def _batches(oids: set[str]) -> Iterator[list[str]]:
    rest = iter(oids)
    while batch := list(islice(rest, BATCH)):
        yield batch


def holders(oid: str) -> QuerySet[Repo]:
    """Give the repos that hold the bytes of `oid`."""
    return Repo.objects.filter(blobs__oid=oid).order_by("pk")
