"""Trusted publishers: which CI jobs may have a token for a while, and giving it to them (RFC 8693).

A job's token is taken again only from the address that brought it first: the commands of one job share it, a thief
elsewhere cannot. What is given ends when its publisher is removed, and does what the person who added it still may.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gatehouse.access import gate
from gatehouse.access.gate import Answer
from gatehouse.access.publisher_models import JobExchange, TrustedPublisher
from gatehouse.accounts import job_tokens
from gatehouse.accounts.actor import Actor, Right
from gatehouse.accounts.job_tokens import Claims, NotSigned, UnknownIssuer
from gatehouse.accounts.models import AccessToken, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.tokens import create_token
from gatehouse.repos.models import Kind, Repo
from gatehouse.storage.errors import Refusal

log = logging.getLogger(__name__)

TOKEN_VALID = timedelta(hours=1)
TRAIL_KEPT = timedelta(days=30)  # of tokens that have expired
MOST_PUBLISHERS, MOST_CLAIMS, LONGEST_CLAIM = 20, 10, 255
KIND_PREFIXES = {"datasets/": Kind.DATASET, "spaces/": Kind.SPACE, "models/": Kind.MODEL}
# What every token of an issuer says, or says anew each time: it tells no job from another.
SAYS_NOTHING = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
# Of issuers that sign for everybody: one of these claims must say whose jobs are meant.
WHOSE = {
    "https://token.actions.githubusercontent.com": {"repository", "repository_id", "sub", "workflow_ref"},
    "https://gitlab.com": {"project_path", "project_id", "sub"},
}


class PublisherNotFound(Refusal):
    """No such publisher, or somebody else's."""

    def __init__(self) -> None:
        super().__init__("Trusted publisher not found", status=404)


@dataclass(frozen=True, slots=True)
class Given:
    """What a job gets."""

    access_token: str
    expires_in: int = int(TOKEN_VALID.total_seconds())


def of(user: User, repo: Repo | None) -> QuerySet[TrustedPublisher]:
    """Give the publishers of a repo, or without one those that read gated repos as `user`."""
    rows = TrustedPublisher.objects.select_related("user", "repo")
    return rows.filter(repo=repo) if repo else rows.filter(repo=None, user=user)


def add(user: User, repo: Repo | None, issuer: str, claims: Mapping[str, str]) -> TrustedPublisher:
    """Trust jobs; raises Refusal for an impossible issuer, for claims that many jobs could make, for one too many."""
    job_tokens.check_issuer(issuer)
    _check_claims(issuer, claims)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if of(user, repo).count() >= MOST_PUBLISHERS:
            raise Refusal(f"There are {MOST_PUBLISHERS} trusted publishers, which is the most: remove one first.")
        publisher = TrustedPublisher.objects.create(user=user, repo=repo, issuer=issuer, claims=dict(claims))
    log.info("%s trusts publisher %s of %s: %s", user, publisher, repo or user, publisher.public_id)
    return publisher


def remove(user: User, repo: Repo | None, public_id: str) -> None:
    """Trust it no longer; the tokens of its jobs end at once."""
    publisher = of(user, repo).filter(public_id=public_id).first()
    if publisher is None:
        raise PublisherNotFound
    publisher.delete()
    log.info("%s removed publisher %s of %s: %s", user, publisher, repo or user, public_id)


def _check_claims(issuer: str, claims: Mapping[str, str]) -> None:
    if not claims or len(claims) > MOST_CLAIMS:
        raise Refusal(f"Name from 1 to {MOST_CLAIMS} claims that a job's token must make.")
    for name, value in claims.items():
        if name in SAYS_NOTHING:
            raise Refusal(f"The claim {name!r} tells no job from another: choose other claims.")
        if not value or value != value.strip() or max(len(name), len(value)) > LONGEST_CLAIM:
            raise Refusal(f"The claim {name[:100]!r} needs a value of 1 to {LONGEST_CLAIM} characters.")
        if "*" in value:
            raise Refusal(f"The claim {name[:100]!r} is matched letter for letter: '*' stands for nothing else.")
    whose = WHOSE.get(issuer, set(claims))
    if not whose & set(claims):
        raise Refusal(f"{issuer} signs for everybody: name one of the claims {', '.join(sorted(whose))}, too.")


def exchange(token: str, resource: str, address: str) -> Given:
    """Give the job whose token this is one for `resource`; raises OAuthRefused, which tells nothing of repos."""
    claims = job_tokens.claimed(token)
    # The signature comes first, whatever the resource: what takes longer would tell which hidden repos there are.
    issuer, trusting = str(claims.get("iss")), _who_trust(claims)
    if not trusting:
        raise _unmatched(resource, claims)
    try:
        claims = job_tokens.verified(token, issuer, trusting)
    except UnknownIssuer as error:
        log.warning("keys of %s: %s", issuer, error)
        raise _unmatched(resource, claims) from error
    except NotSigned as error:
        raise _unmatched(resource, claims) from error
    for publisher in _publishers(resource):
        if publisher.issuer == issuer and _matches(publisher, claims) and may_still(publisher):
            return _give(publisher, token, claims, address)
    raise _unmatched(resource, claims)


def _who_trust(claims: Claims) -> list[int]:
    """Give a few accounts whose jobs have tokens from who is said to have signed; all cannot be held up by others."""
    said = claims.get("iss")
    if not isinstance(said, str) or not said.isprintable() or not said.isascii():  # no address, and none to look for
        return []
    trusting = TrustedPublisher.objects.filter(issuer=said, user__is_active=True)
    return list(trusting.order_by("user_id").values_list("user_id", flat=True).distinct()[: job_tokens.MOST_ASKING])


def _publishers(resource: str) -> list[TrustedPublisher]:
    """List the publishers of a repo, under its present or a former name, or of a user."""
    kind, name = Kind.MODEL, resource.lower()
    for prefix, named in KIND_PREFIXES.items():
        if name.startswith(prefix) and name.count("/") > 1:
            kind, name = named, name.removeprefix(prefix)
    rows = TrustedPublisher.objects.select_related("user", "repo").filter(user__is_active=True)
    if "/" not in name:
        return list(rows.filter(repo=None, user__namespace__key=name))
    present = list(rows.filter(repo__kind=kind, repo__key=name))
    return present or list(rows.filter(Q(repo__redirects__kind=kind, repo__redirects__key=name)))


def _unmatched(resource: str, claims: Claims) -> OAuthRefused:
    """Tell what the job itself said, and nothing of what is here: a private repo looks like none."""
    said = ", ".join(f"{name} {str(claims.get(name))[:LONGEST_CLAIM]!r}" for name in ("iss", "sub"))
    return OAuthRefused("invalid_grant", f"No trusted publisher of {resource[:200]!r} matches this job ({said}).")


def _matches(publisher: TrustedPublisher, claims: Claims) -> bool:
    return all(_text(claims.get(name)) == value for name, value in publisher.claims.items())


def _text(value: object) -> str | None:
    """Give a claim as a person writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def may_still(publisher: TrustedPublisher) -> bool:
    """Whether whoever added it may themselves do what it does."""
    if publisher.repo is None:
        return True
    case = gate.case_by_pk(Actor(publisher.user.pk, publisher.user.username), publisher.repo.pk)
    return case is not None and gate.write(case) is Answer.YES


def _give(publisher: TrustedPublisher, token: str, claims: Claims, address: str) -> Given:
    now, repo = timezone.now(), publisher.repo
    with transaction.atomic():
        # This holds the publisher's row: of two that bring the same token at once one waits for the other.
        if not TrustedPublisher.objects.filter(pk=publisher.pk).update(last_used_at=now):
            raise _unmatched(repo.repo_id if repo else publisher.user.username, claims)
        _note(publisher, token, claims, address)
        made = create_token(
            publisher.user,
            scope=AccessToken.Scope.FINE_GRAINED,
            name=str(claims.get("sub") or publisher)[:100].replace("\0", ""),
            rights=(Right(repo.key, repo.kind, write=True, repo=repo.pk),) if repo else (),
            reads_gated=repo is None,
            expires_at=now + TOKEN_VALID,
            publisher=(publisher.pk, str(publisher)),
        )
    return Given(made)


def _note(publisher: TrustedPublisher, token: str, claims: Claims, address: str) -> None:
    """Remember that this token was brought; raises OAuthRefused if it came from elsewhere before."""
    signed = token.rpartition(".")[0]  # a signature can be written in several ways, what it signs cannot
    end = datetime.fromtimestamp(claims["exp"], UTC)
    row, _ = JobExchange.objects.get_or_create(
        publisher=publisher,
        digest=hashlib.sha256(signed.encode()).hexdigest(),
        defaults={"address": address[:45], "expires_at": end + timedelta(seconds=job_tokens.LEEWAY_S)},
    )
    if row.address != address[:45]:
        log.warning("a job's token of publisher %s came from %s and %s", publisher, row.address, address)
        raise OAuthRefused("invalid_grant", "This job's token was exchanged from another address before.")


def jobs_of(publishers: list[TrustedPublisher], most: int) -> list[AccessToken]:
    """List the tokens that jobs were given, newest first; expired ones are kept for a while as the trail."""
    return list(AccessToken.objects.filter(publisher__in=publishers)[:most])


def clear() -> None:
    """Forget what is over: tokens of jobs after a month, what they were exchanged for as soon as nobody can again."""
    AccessToken.objects.filter(publisher__isnull=False, expires_at__lt=timezone.now() - TRAIL_KEPT).delete()
    JobExchange.objects.filter(expires_at__lt=timezone.now()).delete()
