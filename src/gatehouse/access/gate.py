"""The gate: may this actor see a repo, read its files, write to it, and if not, why.

Every door asks here and nowhere else. One SQL statement gathers what matters about one actor and one repo
(`Case`); plain functions over it decide. `visible_repos` is the same rule as `see`, for lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.utils import timezone

from gatehouse.accounts.actor import ANONYMOUS, Actor, BadCredentials, digest, token_scope
from gatehouse.accounts.models import Membership, Namespace
from gatehouse.accounts.tokens import note_use
from gatehouse.repos.models import Repo, RepoRedirect, repo_path
from gatehouse.storage.database import fetch_row


class Answer(StrEnum):
    """Yes, or why not."""

    YES = "yes"
    HIDDEN = "hidden"  # as far as this actor may know there is no such repo
    SIGN_IN = "sign in"
    ASK = "ask"
    PENDING = "pending"
    REJECTED = "rejected"
    RESET = "reset"
    TOKEN = "token"  # the person may, their token may not  # noqa: S105 - not a password
    NO_RIGHT = "no right"  # the person may not write here


FILES_OPEN_TO_ALL = frozenset({"README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"})
WRITING_ROLES = frozenset({"admin", "write"})


@dataclass(frozen=True, slots=True)
class Case:
    """What the gate knows of one actor and one repo, gathered at this moment."""

    actor: Actor
    repo_pk: int
    public_id: str
    kind: str
    key: str
    repo_id: str
    private: bool
    gated: str
    org_members_gated: bool
    owner_user_id: int | None
    creator_id: int | None
    role: str | None  # of the actor in the organization that owns the repo
    status: str | None  # of the actor's access request

    @property
    def path(self) -> str:
        return repo_path(self.kind, self.repo_id)

    @property
    def owned(self) -> bool:
        return self.actor.user_id is not None and self.actor.user_id == self.owner_user_id

    @property
    def belongs(self) -> bool:
        """The actor owns the repo or is a member of the organization that does."""
        return self.owned or self.role is not None

    @property
    def created(self) -> bool:
        """The actor made this repo for the organization and is still a member with more than reading rights."""
        return self.actor.user_id == self.creator_id and self.role not in {None, "read"}


def see(case: Case) -> Answer:
    """May the actor know of this repo: its name, card, tree, history of names."""
    if not case.private:
        return Answer.YES
    if case.belongs and _covered(case, write=False):
        return Answer.YES
    return Answer.HIDDEN


def _covered(case: Case, *, write: bool) -> bool:
    return case.actor.covers(case.kind, case.key, write=write, repo=case.repo_pk)


def seen(case: Case | None) -> Case | None:
    """Give the case back if there is one and its actor may know of the repo."""
    return case if case and see(case) is Answer.YES else None


def bypasses_gate(case: Case) -> bool:
    """The owner always passes; members too, unless they are gated and neither admin nor the repo's creator."""
    if case.owned or case.role == "admin" or case.created:
        return True
    return case.role is not None and not case.org_members_gated


def read_files(case: Case) -> Answer:
    """May the actor have the content of this repo's files (GATING §1.3, §1.4)."""
    if see(case) is not Answer.YES:
        return Answer.HIDDEN
    if not case.gated:
        return Answer.YES
    if case.actor.anonymous:
        return Answer.SIGN_IN
    if bypasses_gate(case) or case.status == "accepted":
        within_token = case.actor.reads_gated or _covered(case, write=False)
        return Answer.YES if within_token else Answer.TOKEN
    return _ASKED.get(case.status or "", Answer.ASK)


_ASKED = {"pending": Answer.PENDING, "rejected": Answer.REJECTED, "reset": Answer.RESET}


def resolve_file(case: Case, path: str) -> Answer:
    """As `read_files`, but the card and the licence of a gated repo are open: one must read what one signs."""
    if path in FILES_OPEN_TO_ALL:
        return see(case)
    return read_files(case)


def write(case: Case) -> Answer:
    """May the actor change this repo: its files, branches and tags; see `manage` for the rest."""
    if see(case) is not Answer.YES:
        return Answer.HIDDEN
    if case.actor.anonymous:
        return Answer.SIGN_IN
    if not (case.owned or case.role in WRITING_ROLES or case.created):
        return Answer.NO_RIGHT
    return Answer.YES if _covered(case, write=True) else Answer.TOKEN


def manage(case: Case) -> Answer:
    """May the actor change more than the content: settings, name, existence, and who is let in."""
    return Answer.TOKEN if write(case) is Answer.YES and case.actor.changes_content_alone else write(case)


def visible_repos(actor: Actor) -> Q:
    """Give `see` as a condition on Repo, for lists and searches; a test holds the two together."""
    if actor.anonymous:
        return Q(private=False)
    # A subquery, not a join: a join would list an organization's repo once per member.
    organizations = Membership.objects.filter(user=actor.user_id).values("organization")
    own = Namespace.objects.filter(Q(user=actor.user_id) | Q(organization__in=organizations))
    mine = Q(namespace__in=own.values("pk"))
    if actor.token is not None and actor.token.fine_grained:
        rights = actor.token.rights
        within = Q(pk__in=[right.repo for right in rights if right.repo])
        for right in (each for each in rights if each.kind is None):
            within |= Q(key__startswith=right.key + "/")
        mine &= within
    return Q(private=False) | mine


def writable_repos(actor: Actor) -> Q:
    """Give `write` as a condition on Repo, for somebody in their own browser; a test holds the two together."""
    memberships = Membership.objects.filter(user=actor.user_id)
    writing = memberships.filter(role__in=WRITING_ROLES).values("organization")
    making = memberships.exclude(role="read").values("organization")
    made = Q(creator=actor.user_id) & Q(namespace__organization__in=making)
    return Q(namespace__user=actor.user_id) | Q(namespace__organization__in=writing) | made


_COLUMNS = """
    SELECT r.id, r.public_id, r.kind, r.key, n.name, r.name, r.private, r.gated, r.org_members_gated,
        n.user_id, r.creator_id, u.id, u.username, t.scope, t.rights, t.id, t.expires_at, t.last_used_at,
        m.role, a.status
    FROM repos_repo r
    JOIN accounts_namespace n ON n.id = r.namespace_id
    LEFT JOIN accounts_accesstoken t ON t.digest = %s
    LEFT JOIN accounts_user u ON u.id = COALESCE(t.user_id, %s) AND u.is_active
    LEFT JOIN accounts_membership m ON m.organization_id = n.organization_id AND m.user_id = u.id
    LEFT JOIN access_accessrequest a ON a.repo_id = r.id AND a.user_id = u.id
"""
_BY_NAME = _COLUMNS + "WHERE r.kind = %s AND r.key = %s"
_BY_PK = _COLUMNS + "WHERE r.id = %s"


def case_by_token(token: str, kind: str, repo_id: str) -> Case | None:
    """Gather the case of the bearer of `token`; raises BadCredentials; None when no repo has that name."""
    return _gather(_BY_NAME, digest(token), None, None, kind, repo_id.lower())


def case_by_digest(token_digest: str, repo_pk: int) -> Case | None:
    """As `case_by_token`, for a token known by its digest and a repo known by its row, whatever it is called now."""
    return _gather(_BY_PK, token_digest, None, None, repo_pk)


def case_by_name(actor: Actor, kind: str, repo_id: str) -> Case | None:
    """Gather the case of an actor who is already known; None when no repo has that name."""
    return _gather(_BY_NAME, "", actor, actor.user_id, kind, repo_id.lower())


def case_by_pk(actor: Actor, repo_pk: int) -> Case | None:
    return _gather(_BY_PK, "", actor, actor.user_id, repo_pk)


def case_of_former(
    actor: Actor, namespace: Namespace, *, private: bool, creator_id: int | None, repo: Mapping[str, Any]
) -> Case:
    """Gather the case of a repo that is deleted, from what is remembered of it and who belongs to its owner now."""
    roles = Membership.objects.filter(organization=namespace.organization_id, user=actor.user_id)
    return Case(
        actor=actor,
        repo_pk=0,
        public_id=repo["id"],
        kind=repo["type"],
        key=repo["name"].lower(),
        repo_id=repo["name"],
        private=private,
        gated="",
        org_members_gated=False,
        owner_user_id=namespace.user_id,
        creator_id=creator_id,
        role=roles.values_list("role", flat=True).first() if namespace.organization_id else None,
        status=None,
    )


def moved_to(case_actor: Actor, kind: str, repo_id: str) -> Case | None:
    """Gather the case of the repo that once was called `repo_id`, if there is one and the actor may see it."""
    visible = Repo.objects.filter(visible_repos(case_actor))
    redirect = RepoRedirect.objects.filter(kind=kind, key=repo_id.lower(), repo__in=visible).first()
    return seen(case_by_pk(case_actor, redirect.repo_id)) if redirect else None


def _gather(sql: str, token_digest: str, actor: Actor | None, user_id: int | None, *where: object) -> Case | None:
    row = fetch_row(sql, (token_digest, user_id, *where))
    return None if row is None else _case(row, actor)


def _case(row: tuple[Any, ...], actor: Actor | None) -> Case:
    pk, public_id, kind, key, namespace, name, private, gated, org_gated, owner, creator, *rest = row
    user_id, username, scope, rights, token_pk, expires_at, last_used_at, role, status = rest
    if actor is None:
        actor = _bearer(user_id, username, scope, rights, token_pk, _moment(expires_at), _moment(last_used_at))
    elif actor.user_id is not None and user_id is None:  # signed in once, deactivated since
        actor = ANONYMOUS
    return Case(
        actor=actor,
        repo_pk=pk,
        public_id=public_id,
        kind=kind,
        key=key,
        repo_id=f"{namespace}/{name}",
        private=bool(private),
        gated=gated,
        org_members_gated=bool(org_gated),
        owner_user_id=owner,
        creator_id=creator,
        role=role,
        status=status,
    )


def _bearer(
    user_id: int | None,
    username: str,
    scope: str,
    rights: str,
    token_pk: int,
    expires_at: datetime | None,
    last_used_at: datetime | None,
) -> Actor:
    if user_id is None or (expires_at is not None and expires_at <= timezone.now()):
        raise BadCredentials
    note_use(token_pk, last_used_at)
    return Actor(user_id, username, token_scope(scope, rights))


def _moment(value: datetime | None) -> datetime | None:
    """SQLite's driver gives UTC without saying so where PostgreSQL's gives an aware time."""
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
