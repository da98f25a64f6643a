"""Who is told what by letter: authors of pending requests, askers of decisions."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gatehouse.access import notice_addresses
from gatehouse.access.answers import readable
from gatehouse.access.form import parse_form
from gatehouse.access.models import AccessEvent, AccessRequest, Status
from gatehouse.access.unsubscribing import Recipient
from gatehouse.accounts.models import Membership, Role, User
from gatehouse.outbox import letters
from gatehouse.repos.models import NotificationsMode, Repo

FIRST_ADMINS = 5
DIGEST_EVERY = timedelta(days=1)


def submitted(request: AccessRequest) -> None:
    """Tell the authors of a new pending request now, unless they chose one letter a day."""
    repo = request.repo
    if repo.notifications_mode == NotificationsMode.REAL_TIME:
        fullname = f"{_name(request)}, {request.user.email}"
        context = {"request": request, "fullname": fullname, "details": partial(_answers, request)}
        _tell_authors(repo, "request_submitted", context)


def _answers(request: AccessRequest) -> list[tuple[str, str]]:
    """Give the answers as the review page shows them; called when a letter is written, in its language."""
    return readable(parse_form(request.repo.card), request.fields)


def decided(request: AccessRequest, verb: str, *, after: timedelta = timedelta()) -> None:
    """Tell the asker what became of their request, when `after` has passed."""
    if request.user.email:
        context = {
            "repo": request.repo,
            "request": request,
            "verb": verb,
            "details": [(_("Reason"), request.reason)] if request.reason else [],
            "action_url": request.repo.url,
            "requests_url": f"{settings.PUBLIC_URL}/settings/gated-repos",
        }
        user = request.user
        letters.write(
            user.email, "request_decided", context, language=user.language, topic=_topic(request), after=after
        )


def recall(request: AccessRequest) -> bool:
    """Take back the letter about a decision if it has not left yet; give whether it had not."""
    return letters.recall(_topic(request))


def _topic(request: AccessRequest) -> str:
    return f"request {request.public_id}"


def _tell_authors(repo: Repo, letter: str, context: Mapping[str, object]) -> None:
    links = {"repo": repo, "repo_url": repo.url, "action_url": f"{repo.url}/access-requests"}
    for to in recipients(repo):
        letters.write(to.email, letter, {**links, **context, "unsubscribe_url": to.url}, language=to.language)


def _name(request: AccessRequest) -> str:
    """The full name with the user name, or the user name alone."""
    user = request.user
    return f"{user.fullname} ({user.username})" if user.fullname else user.username


def recipients(repo: Repo) -> list[Recipient]:
    """Give the repo's own address, or the owner's, or those of the organization's first admins (GATING §1.1).

    Its own only if somebody there agreed: else anybody could make the hub write to strangers.
    """
    if repo.notifications_email and notice_addresses.agreed(repo):
        return [Recipient(repo.notifications_email, namespace=repo.namespace)]
    owner = repo.namespace.user
    users = [owner] if owner else _first_admins(repo)
    return [Recipient(user.email, user=user) for user in users if user.email and user.wants_request_letters]


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
        details = [(_name(one), f"{one.user.email}, {one.timestamp:%Y-%m-%d %H:%M} UTC") for one in waiting]
        _tell_authors(repo, "requests_digest", {"requests": waiting, "details": details})
    return bool(waiting)


def begin_digests(repo: Repo) -> None:
    """From now on one letter a day: what was told of one by one is not told again. The row of `repo` is locked."""
    newest = AccessEvent.objects.filter(repo=repo).aggregate(Max("pk"))["pk__max"]
    Repo.objects.filter(pk=repo.pk).update(digest_until=newest or 0, digest_at=timezone.now())
