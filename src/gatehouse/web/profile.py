"""The page of a user or an organization: who they are and what they have published."""

from contextlib import suppress
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from gatehouse.accounts import followers
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Membership, Namespace, Role, User
from gatehouse.accounts.people import find_namespace, may_create_in
from gatehouse.accounts.requests import actor_of
from gatehouse.repos import card
from gatehouse.repos.models import Kind
from gatehouse.repos.repositories import RepoNotFound, open_git
from gatehouse.storage.damage import UNREADABLE
from gatehouse.web.pages import page, signed_in
from gatehouse.web.rendered import markdown_html
from gatehouse.web.repo_lists import visible

SHOWN = 20
SELF = "readme"
KINDS = (Kind.MODEL, Kind.DATASET)
SHOWN_MEMBERS = 60


@require_safe
@page
def profile(request: HttpRequest, namespace: str) -> HttpResponse:
    actor = actor_of(request)
    owner = find_namespace(namespace, **followers.columns(actor.user_id))
    if owner.name != namespace:
        return HttpResponseRedirect(f"/{quote(owner.name)}")
    repos = visible(actor).filter(namespace=owner).order_by("-last_modified", "-id")
    lists = {kind: list(repos.filter(kind=kind)[: SHOWN + 1]) for kind in KINDS}
    members = _members(owner)
    may_create = may_create_in(actor, owner)
    context = {
        "owner": owner,
        "lists": [(kind, rows[:SHOWN], len(rows) > SHOWN) for kind, rows in lists.items() if rows or may_create],
        "card_html": _card(actor, owner),
        "members": members,
        "organizations": _organizations(owner),
        "may_create": may_create,
        "may_manage": any(each.user_id == actor.user_id and each.role == Role.ADMIN for each in members),
    }
    return render(request, "pages/profile.html", context)


@require_POST
@signed_in
def follow(request: HttpRequest, user: User, namespace: str) -> HttpResponse:
    """Follow the owner of this page, or no longer."""
    owner = find_namespace(namespace)
    if "unfollow" in request.POST:
        followers.unfollow(user, owner)
    else:
        followers.follow(user, owner)
    return HttpResponseRedirect(f"/{quote(owner.name)}")


def _card(actor: Actor, owner: Namespace) -> str:
    """Render what an owner says of themselves: the card of their repo called README, as on the Hub."""
    found = visible(actor).filter(kind__in=Kind.values, key=f"{owner.key}/{SELF}").order_by("-last_modified").first()
    text = b""
    with suppress(RepoNotFound, *UNREADABLE):  # the profile is shown without it
        text = card.text_file(open_git(found.public_id), found.head, "README.md", card.LARGEST_CARD) if found else b""
    if not found or not text.strip():
        return ""
    decoded = text.decode("utf-8", "replace")
    return markdown_html(decoded, repo_path=found.path, rev=card.DEFAULT_BRANCH, pictures=not found.gated)


def _members(owner: Namespace) -> list[Membership]:
    if owner.organization_id is None:
        return []
    rows = Membership.objects.filter(organization=owner.organization_id, user__is_active=True)
    return list(rows.select_related("user")[:SHOWN_MEMBERS])


def _organizations(owner: Namespace) -> list[Namespace]:
    if owner.user_id is None:
        return []
    theirs = Namespace.objects.filter(organization__memberships__user=owner.user_id)
    return list(theirs.select_related("organization").order_by("key"))
