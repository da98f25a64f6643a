"""Who am I, and the small calls that every client makes by itself (HUB-API §2)."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse

from gatehouse.access.gate import visible_repos
from gatehouse.access.refusals import Unauthorized
from gatehouse.accounts.actor import Actor, Right, TokenScope, token_in, token_scope
from gatehouse.accounts.models import AccessToken, Membership, Namespace
from gatehouse.accounts.people import user_of
from gatehouse.accounts.requests import actor_of
from gatehouse.accounts.tokens import live_token
from gatehouse.hub_api.people import org_short, organizations_of, user_shown
from gatehouse.hub_api.schemas import HubTime, OrgShort, Shown, hub_router
from gatehouse.repos.models import Repo

router = hub_router()


class OrgOfMine(OrgShort):
    """An organization of the caller."""

    type: Literal["org"] = "org"
    role_in_org: str


class TokenShown(Shown):
    """What the token in use is."""

    display_name: str
    role: str
    created_at: HubTime
    fine_grained: dict[str, Any] | None = None


class AuthShown(Shown):
    """How the caller proved who they are."""

    type: str
    access_token: TokenShown | None = None
    expires_at: HubTime | None = None


class Whoami(Shown):
    """The caller."""

    type: Literal["user"] = "user"
    id: str
    name: str
    fullname: str
    email: str | None = None
    email_verified: bool | None = None
    can_pay: bool = False
    is_pro: bool = False
    avatar_url: str
    orgs: list[OrgOfMine]
    auth: AuthShown


class Harnesses(Shown):
    """Programs that clients look for around themselves: none. A JSON list here would crash clients for a day."""

    standard_env_vars: list[str]
    harnesses: dict[str, Any]


@router.get("/whoami-v2", response=Whoami, summary="Who the caller is")
def whoami(request: HttpRequest) -> Whoami:
    actor = actor_of(request)
    if actor.anonymous:
        raise Unauthorized
    user = user_of(actor)
    token = token_in(request.headers.get("Authorization", ""))
    row = live_token(token) if token else None
    shown, tells_email = user_shown(user), row is None or _tells_email(row)
    return Whoami(
        id=shown.id,
        name=user.username,
        fullname=shown.fullname,
        email=user.email if tells_email else None,
        email_verified=True if tells_email else None,
        avatar_url=shown.avatar_url,
        orgs=[_org_of_mine(membership) for membership in organizations_of(user)],
        auth=_auth(actor, row),
    )


def _org_of_mine(membership: Membership) -> OrgOfMine:
    return OrgOfMine(**org_short(membership.organization).model_dump(), role_in_org=membership.role)


def _tells_email(row: AccessToken) -> bool:
    """Whether a program that a person let in may know their address; who asked for no scope asked for all."""
    if row.publisher_id:  # a job of somebody's repository
        return False
    return row.login is None or not row.login.scope or "email" in row.login.scope.split()


def _auth(actor: Actor, row: AccessToken | None) -> AuthShown:
    if row is None:
        return AuthShown(type="session")
    if row.login_id is not None:  # such a token has no name; clients call it after its user
        return AuthShown(type="oauth", expires_at=row.expires_at)
    return AuthShown(type="access_token", access_token=_token(actor, row), expires_at=row.expires_at)


def _token(actor: Actor, row: AccessToken) -> TokenShown:
    scope = token_scope(row.scope, row.rights)
    return TokenShown(
        display_name=row.name,
        role=row.scope,
        created_at=row.created_at,
        fine_grained=_fine_grained(actor, scope) if scope.fine_grained else None,
    )


def _fine_grained(actor: Actor, scope: TokenScope) -> dict[str, Any]:
    scoped = [
        {"entity": entity, "permissions": ["repo.content.read", *(["repo.write"] if right.write else [])]}
        for right in scope.rights
        if (entity := _entity(actor, right))
    ]
    return {"canReadGatedRepos": scope.reads_gated, "global": [], "scoped": scoped}


def _entity(actor: Actor, right: Right) -> dict[str, str] | None:
    """Name what a right is about: one repo, or all of a user or an organization; None when that is gone or hidden."""
    if right.kind:
        repo = Repo.objects.filter(visible_repos(actor), pk=right.repo or 0).select_related("namespace").first()
        return {"_id": repo.public_id, "name": repo.repo_id, "type": repo.kind} if repo else None
    found = Namespace.objects.filter(key=right.key).select_related("user", "organization").first()
    owner = found.user or found.organization if found else None
    if found is None or owner is None:
        return None
    return {"_id": owner.public_id, "name": found.name, "type": "user" if found.user else "org"}


@router.get("/agent-harnesses", response=Harnesses, summary="Nothing to look for")
def agent_harnesses(request: HttpRequest) -> Harnesses:  # noqa: ARG001 - the framework gives it
    return Harnesses(standard_env_vars=[], harnesses={})


@router.get("/telemetry/{path:topic}", response={200: None}, summary="Takes no telemetry")
def telemetry(request: HttpRequest, topic: str) -> HttpResponse:  # noqa: ARG001 - the framework gives them
    return HttpResponse(status=200)
