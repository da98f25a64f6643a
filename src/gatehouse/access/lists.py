"""The lists that authors and askers read: requests by state, counts, one's own requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_high

from django.db.models import Count, Q, QuerySet

from gatehouse.access import gate
from gatehouse.access.models import AccessEvent, AccessRequest, Status
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import User
from gatehouse.repos.keyset import beyond
from gatehouse.repos.models import Gated, Repo

WAITS_LOOKED_AT, WAITS_NEEDED = 50, 5


@dataclass(frozen=True)
class Page:
    """Some requests, newest first, and where the next page begins (None: that was all)."""

    requests: list[AccessRequest]
    next: tuple[datetime, int] | None


def page(
    repo: Repo,
    status: str,
    *,
    limit: int,
    q: str = "",
    start: tuple[datetime, int] | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
) -> Page:
    """Give one page of the requests of `repo` in `status`; `start` is the `next` of the page before.

    `q` finds by the beginning of the username, a part of the full name, or the e-mail's beginning or domain.
    """
    requests = AccessRequest.objects.filter(repo=repo, status=status)
    if q:
        requests = requests.filter(_matching(q))
    if after:
        requests = requests.filter(timestamp__gt=after)
    if before:
        requests = requests.filter(timestamp__lt=before)
    if start:
        requests = beyond(requests, "timestamp", *start)
    rows = list(requests.select_related("user", "reviewed_by").order_by("-timestamp", "-id")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, (rows[-1].timestamp, rows[-1].pk) if more else None)


def _matching(q: str) -> Q:
    named = Q(user__username__istartswith=q) | Q(user__fullname__icontains=q)
    shared = Q(user__email__istartswith=q) | Q(user__email__iendswith="@" + q.lstrip("@"))
    return named | (Q(submitted=True) & shared)


def counts(repo: Repo) -> dict[str, int]:
    """How many requests stand in each state."""
    rows = AccessRequest.objects.filter(repo=repo).order_by().values_list("status").annotate(Count("id"))
    return dict.fromkeys(Status.values, 0) | dict(rows)


def pending_count(repo: Repo) -> int:
    return AccessRequest.objects.filter(repo=repo, status=Status.PENDING).count()


def waiting(actor: Actor, limit: int) -> list[Repo]:
    """Give the repos where requests wait for this person in their browser, with how many; most of them first."""
    due = Q(access_requests__status=Status.PENDING)
    mine = (
        Repo.objects.filter(gate.writable_repos(actor), due).exclude(gated=Gated.OFF).only("kind", "name", "namespace")
    )
    return list(mine.select_related("namespace").annotate(n=Count("access_requests")).order_by("-n", "pk")[:limit])


def of_user(user: User) -> QuerySet[AccessRequest]:
    """Give one's own requests, newest first, with their repos."""
    return AccessRequest.objects.filter(user=user).select_related("repo__namespace").order_by("-timestamp", "-id")


def own_request(repo: Repo, user: User) -> AccessRequest | None:
    return AccessRequest.objects.filter(repo=repo, user=user).first()


def request_by(repo: Repo, username: str) -> AccessRequest | None:
    """Give what an active user, named whatever the case, asked of `repo`."""
    asker = {"user__namespace__key": username.lower(), "user__is_active": True}
    return AccessRequest.objects.filter(repo=repo, **asker).select_related("user").first()


def elsewhere(repo: Repo, user: User, reviewer: Actor, *, limit: int = 20) -> list[AccessRequest]:
    """Give what `user` asked of the other repos of the same owner that `reviewer` decides about, newest first."""
    others = Repo.objects.filter(gate.writable_repos(reviewer), namespace=repo.namespace_id).exclude(pk=repo.pk)
    return list(of_user(user).filter(repo__in=others)[:limit])


def usual_wait(repo: Repo) -> timedelta | None:
    """Give the median time that the last people let in by hand have waited; None if they are too few to tell."""
    newest = AccessRequest.objects.filter(repo=repo, status=Status.ACCEPTED).order_by("-timestamp", "-id")
    times = newest.values_list("timestamp", "reviewed_at")[:WAITS_LOOKED_AT]
    waits = [at - asked for asked, at in times if at is not None and at > asked]
    return median_high(waits) if len(waits) >= WAITS_NEEDED else None


def events(repo: Repo, *, username: str = "", limit: int = 100) -> Iterator[AccessEvent]:
    """Give what happened to the requests of `repo`, newest first."""
    rows = AccessEvent.objects.filter(repo=repo)
    if username:
        rows = rows.filter(username__iexact=username)
    yield from rows.order_by("-id")[:limit]
