"""The life of an access request, in the client's own verbs.

Each verb is one transaction: a conditional UPDATE whose row count says who won, one event row, and the letters
that the change causes. Nothing else in the project assigns a status.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from gatehouse.access import notices, webhooks
from gatehouse.access.errors import AlreadyHasAccess, NotGated, NothingPending, RequestNotFound, WrongAnswers
from gatehouse.access.form import parse_form, validate_answers
from gatehouse.access.models import AccessEvent
from gatehouse.access.models import AccessRequest as AccessRequest
from gatehouse.access.models import Status as Status
from gatehouse.accounts.models import User
from gatehouse.repos.models import Gated, Repo
from gatehouse.repos.repositories import lock_repo
from gatehouse.storage.errors import Refusal

REASON_LENGTH = 200


@dataclass(frozen=True)
class Decision:
    """What an author's verb does: from which states, to which, and whether it counts as a review."""

    verb: str
    before: frozenset[str]
    after: str
    reviewed: bool = True


DECISIONS = {
    d.after: d
    for d in (
        Decision("accept", frozenset({"pending", "rejected", "reset"}), "accepted"),
        Decision("reject", frozenset({"pending", "accepted", "reset"}), "rejected"),
        Decision("cancel", frozenset({"accepted", "rejected", "reset"}), "pending", reviewed=False),
        Decision("reset", frozenset({"pending", "accepted", "rejected"}), "reset"),
    )
}
# From these states a person may (again) send the form; in all others sending it changes nothing.
SUBMITTABLE = frozenset({"", "reset"})


def submit(
    repo: Repo, user: User, answers: Mapping[str, object], *, locate: Callable[[], str] | None = None
) -> AccessRequest:
    """Ask for access, sharing username, e-mail and `answers`; accepted at once in automatic mode.

    A pending, accepted or rejected request is left as it is. Raises NotGated and WrongAnswers.
    """
    if not repo.gated:
        raise NotGated(repo.kind, repo.repo_id)
    present = AccessRequest.objects.filter(repo=repo, user=user).first()
    if present and present.status not in SUBMITTABLE:
        return present
    stored, errors = validate_answers(parse_form(repo.card), answers, locate=locate)
    if errors:
        raise WrongAnswers(errors)
    with transaction.atomic():
        return _write_submission(lock_repo(repo), user, stored, present)


def _write_submission(repo: Repo, user: User, stored: dict[str, str], present: AccessRequest | None) -> AccessRequest:
    now = timezone.now()
    status = Status.ACCEPTED if repo.gated == Gated.AUTO else Status.PENDING
    values = {
        "status": status,
        "fields": stored,
        "submitted": True,
        "timestamp": now,
        "reviewed_at": now if status == Status.ACCEPTED else None,
        "reviewed_by": None,
        "reason": "",
    }
    if present is None:
        try:
            with transaction.atomic():
                request = AccessRequest.objects.create(repo=repo, user=user, **values)
        except IntegrityError:  # sent twice at once: the first one stands
            return AccessRequest.objects.get(repo=repo, user=user)
    else:
        won = AccessRequest.objects.filter(pk=present.pk, status=Status.RESET).update(**values)
        request = AccessRequest.objects.get(pk=present.pk)
        if not won:
            return request
    _note(request, "submit", by=user, before=present.status if present else "")
    if status == Status.PENDING:
        notices.submitted(request)
    return request


def withdraw(repo: Repo, user: User) -> None:
    """Take one's own pending request back; it is deleted. Raises NothingPending."""
    with transaction.atomic():
        request = AccessRequest.objects.select_for_update().filter(repo=repo, user=user, status=Status.PENDING).first()
        if request is None:
            raise NothingPending
        _note(request, "withdraw", by=user, before=Status.PENDING, after="")
        AccessRequest.objects.filter(pk=request.pk).delete()


def accept(request: AccessRequest, *, by: User) -> None:
    handle(request, Status.ACCEPTED, by=by)


def reject(request: AccessRequest, *, by: User, reason: str = "") -> None:
    handle(request, Status.REJECTED, by=by, reason=reason)


def cancel(request: AccessRequest, *, by: User) -> None:
    """Take a decision back: the request is pending again, with the same answers."""
    handle(request, Status.PENDING, by=by)


def reset(request: AccessRequest, *, by: User, reason: str = "") -> None:
    """Withdraw a decision and let the person send the form anew."""
    handle(request, Status.RESET, by=by, reason=reason)


def handle(
    request: AccessRequest, status: str, *, by: User, reason: str = "", letter_after: timedelta = timedelta()
) -> None:
    """Bring a request to `status`: the endpoint's word for the four verbs above.

    A decision that may be undone gives its letter some time: see `undo`.
    """
    decision = DECISIONS[status]
    with transaction.atomic():
        _decide(decision, request, by, reason if status in {Status.REJECTED, Status.RESET} else "")
        notices.decided(request, decision.verb, after=letter_after)


def undo(request: AccessRequest, status: str, *, by: User) -> None:
    """Bring a request back to `status`, where it was; the asker hears of it only if they have heard of the decision."""
    decision = DECISIONS[status]
    with transaction.atomic():
        heard = not notices.recall(request)
        _decide(decision, request, by, "")
        if heard:
            notices.decided(request, decision.verb)


def _decide(decision: Decision, request: AccessRequest, by: User, reason: str) -> None:
    """Change the state and note it, within the caller's transaction."""
    if len(reason) > REASON_LENGTH:
        raise Refusal(f"A reason has at most {REASON_LENGTH} characters.")
    if not request.repo.gated:
        raise NotGated(request.repo.kind, request.repo.repo_id)
    before = request.status
    won = AccessRequest.objects.filter(pk=request.pk, status=before, status__in=decision.before).update(
        status=decision.after,
        reviewed_at=timezone.now() if decision.reviewed else None,
        reviewed_by=by if decision.reviewed else None,
        reason=reason,
    )
    if not won:
        raise RequestNotFound
    request.refresh_from_db(fields=["status", "reviewed_at", "reviewed_by", "reason"])
    _note(request, decision.verb, by=by, before=before, reason=reason)


def grant(repo: Repo, user: User, *, by: User) -> AccessRequest:
    """Let `user` in, whether or not they asked. Raises NotGated and AlreadyHasAccess."""
    if not repo.gated:
        raise NotGated(repo.kind, repo.repo_id)
    now = timezone.now()
    with transaction.atomic():
        request, made = AccessRequest.objects.select_for_update().get_or_create(
            repo=repo,
            user=user,
            defaults={
                "status": Status.ACCEPTED,
                "submitted": False,
                "timestamp": now,
                "reviewed_at": now,
                "reviewed_by": by,
            },
        )
        before = "" if made else request.status
        if not made:
            won = AccessRequest.objects.filter(pk=request.pk, status__in=DECISIONS[Status.ACCEPTED].before).update(
                status=Status.ACCEPTED, reviewed_at=now, reviewed_by=by, reason=""
            )
            if not won:
                raise AlreadyHasAccess
            request.refresh_from_db()
        _note(request, "grant", by=by, before=before)
        notices.decided(request, "grant")
    return request


def find(repo: Repo, *, user: User | None = None, public_id: str = "") -> AccessRequest:
    """Find one request of `repo` by its user or its id; raises RequestNotFound."""
    requests = AccessRequest.objects.filter(repo=repo).select_related("user", "repo__namespace")
    found = requests.filter(user=user).first() if user else requests.filter(public_id=public_id).first()
    if found is None:
        raise RequestNotFound
    return found


def _note(
    request: AccessRequest, action: str, *, by: User, before: str, reason: str = "", after: str | None = None
) -> AccessEvent:
    at: datetime = timezone.now()
    event = AccessEvent.objects.create(
        repo=request.repo,
        repo_name=f"{request.repo.kind} {request.repo.repo_id}",
        user=request.user,
        username=request.user.username,
        by=by,
        by_username=by.username,
        action=action,
        before=before,
        after=request.status if after is None else after,
        reason=reason,
        at=at,
    )
    webhooks.tell_of_request(request, event)
    return event
