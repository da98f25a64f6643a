"""Who is told what by letter: authors of pending requests, askers of decisions."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from gatehouse.access import notice_addresses
from gatehouse.access.models import AccessEvent, AccessRequest, Status
from gatehouse.accounts.models import Membership, Role, User
from gatehouse.outbox import letters
from gatehouse.repos.models import NotificationsMode, Repo

FIRST_ADMINS = 5
DIGEST_EVERY = timedelta(days=1)


def submitted(request: AccessRequest, event: AccessEvent) -> None:
    """Tell the authors of a new pending request now, unless they chose one letter a day."""
    repo = request.repo
    if repo.notifications_mode == NotificationsMode.REAL_TIME:
        for address in recipients(repo):
            letters.write(address, "request_submitted", {**_links(repo), "request": request, "event": event})


def decided(request: AccessRequest, verb: str, *, after: timedelta = timedelta()) -> None:
    """Tell the asker what became of their request, when `after` has passed."""
    if request.user.email:
        context = {**_links(request.repo), "request": request, "verb": verb}
        letters.write(request.user.email, "request_decided", context, topic=_topic(request), after=after)


def recall(request: AccessRequest) -> bool:
    """Take back the letter about a decision if it has not left yet; give whether it had not."""
    return letters.recall(_topic(request))


def _topic(request: AccessRequest) -> str:
    return f"request {request.public_id}"


def recipients(repo: Repo) -> list[str]:
    """Give the repo's own address, or the owner's, or those of the organization's first admins (GATING §1.1).

    Its own only if somebody there agreed: else anybody could make the hub write to strangers.
    """
    if repo.notifications_email and notice_addresses.agreed(repo):
        return [repo.notifications_email]
    owner = repo.namespace.user
    users = [owner] if owner else _first_admins(repo)
    return [user.email for user in users if user.email and user.wants_request_letters]


def _first_admins(repo: Repo) -> list[User]:
    admins = Membership.objects.filter(
        organization=repo.namespace.organization_id, role=Role.ADMIN, user__is_active=True
    ).select_related("user")
    return [membership.user for membership in admins.order_by("joined_at", "id")[:FIRST_ADMINS]]


def write_due_digests() -> int:
    """Write the daily letters that are due; give the number of repos told of."""
    return sum(_write_if_due(pk) for pk in list(_due_repos().values_list("pk", flat=True)))


def _due_repos() -> QuerySet[Repo]:
    since = timezone.now() - DIGEST_EVERY
    waiting = AccessRequest.objects.filter(repo=OuterRef("pk"), status=Status.PENDING)
    return Repo.objects.filter(Q(digest_at__isnull=True) | Q(digest_at__lte=since), Exists(waiting)).filter(
        notifications_mode=NotificationsMode.BULK
    )


def _write_if_due(pk: int) -> bool:
    with transaction.atomic():
        repo = _due_repos().select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
        return repo is not None and write_digest(repo)


def write_digest(repo: Repo) -> bool:
    """Tell the authors in one letter of the requests that came since the last one and still wait.

    The row of `repo` is locked, as it is when a request is written: so event ids grow in the order of commits, and
    none can appear later below `digest_until`.
    """
    fresh = AccessEvent.objects.filter(repo=repo, action="submit", after=Status.PENDING, pk__gt=repo.digest_until)
    newest = fresh.aggregate(Max("pk"))["pk__max"]
    if newest is None:
        return False
    Repo.objects.filter(pk=repo.pk).update(digest_until=newest)
    asked = fresh.values("user")
    requests = AccessRequest.objects.filter(repo=repo, status=Status.PENDING, user__in=asked)
    waiting = list(requests.select_related("user").order_by("timestamp"))
    if waiting:
        Repo.objects.filter(pk=repo.pk).update(digest_at=timezone.now())
    for address in recipients(repo) if waiting else ():
        letters.write(address, "requests_digest", {**_links(repo), "requests": waiting})
    return bool(waiting)


def begin_digests(repo: Repo) -> None:
    """From now on one letter a day: what was told of one by one is not told again. The row of `repo` is locked."""
    newest = AccessEvent.objects.filter(repo=repo).aggregate(Max("pk"))["pk__max"]
    Repo.objects.filter(pk=repo.pk).update(digest_until=newest or 0, digest_at=timezone.now())


def _links(repo: Repo) -> dict[str, object]:
    return {
        "repo": repo,
        "repo_url": repo.url,
        "review_url": f"{repo.url}/access-requests",
        "requests_url": f"{settings.PUBLIC_URL}/settings/gated-repos",
    }
