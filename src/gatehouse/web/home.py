"""The first page, and the search through everything."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gatehouse.access import lists, repo_lists
from gatehouse.access.repo_lists import Wanted
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Namespace, User
from gatehouse.accounts.requests import actor_of
from gatehouse.repos.models import Kind, Repo
from gatehouse.web.pages import page
from gatehouse.web.repo_lists import shown, visible

NEWEST = 6
FOUND = 10
LONGEST_QUERY = 200


@require_safe
@page
def home(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    repos = visible(actor).order_by("-created_at", "-id")
    newest = {kind: list(repos.filter(kind=kind)[:NEWEST]) for kind in (Kind.MODEL, Kind.DATASET)}
    empty = not any(newest.values())
    context = {
        "waiting": [] if actor.anonymous or actor.token else lists.waiting(actor, NEWEST),
        "models": newest[Kind.MODEL],
        "datasets": newest[Kind.DATASET],
        "nobody_yet": empty and not User.objects.exists(),
    }
    return render(request, "pages/home.html", context)


@require_safe
@page
def search(request: HttpRequest) -> HttpResponse:
    """Find models, datasets, people and organizations by a part of their name."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    context: dict[str, object] = {"q": query}
    if query:
        actor = actor_of(request)
        context |= {
            "models": _found(actor, Kind.MODEL, query),
            "datasets": _found(actor, Kind.DATASET, query),
            "owners": _owners(query),
        }
    return render(request, "pages/search.html", context)


def _found(actor: Actor, kind: Kind, query: str) -> list[Repo]:
    wanted = Wanted(kind, search=query)
    return repo_lists.page(actor, wanted, order="downloads", limit=FOUND, load=shown()).repos


def _owners(query: str) -> list[Namespace]:
    named = (
        Q(key__contains=query.lower()) | Q(user__fullname__icontains=query) | Q(organization__fullname__icontains=query)
    )
    known = Q(organization__isnull=False) | Q(user__is_active=True)
    return list(Namespace.objects.filter(named & known).select_related("user", "organization").order_by("key")[:FOUND])
