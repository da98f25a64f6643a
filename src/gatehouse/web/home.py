"""The first page, and the search through everything."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gatehouse.accounts.models import Namespace
from gatehouse.accounts.requests import actor_of
from gatehouse.repos.models import Kind
from gatehouse.web.pages import page
from gatehouse.web.repo_lists import filtered, visible

NEWEST = 6
FOUND = 10
LONGEST_QUERY = 200


@require_safe
@page
def home(request: HttpRequest) -> HttpResponse:
    repos = visible(actor_of(request)).order_by("-created_at", "-id")
    newest = {kind: list(repos.filter(kind=kind)[:NEWEST]) for kind in (Kind.MODEL, Kind.DATASET)}
    context = {"models": newest[Kind.MODEL], "datasets": newest[Kind.DATASET]}
    return render(request, "pages/home.html", context)


@require_safe
@page
def search(request: HttpRequest) -> HttpResponse:
    """Find models, datasets, people and organizations by a part of their name."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    context: dict[str, object] = {"q": query}
    if query:
        repos = filtered(visible(actor_of(request)), {"search": query}, []).order_by("-downloads", "-id")
        context |= {
            "models": list(repos.filter(kind=Kind.MODEL)[:FOUND]),
            "datasets": list(repos.filter(kind=Kind.DATASET)[:FOUND]),
            "owners": _owners(query),
        }
    return render(request, "pages/search.html", context)


def _owners(query: str) -> list[Namespace]:
    named = (
        Q(key__contains=query.lower()) | Q(user__fullname__icontains=query) | Q(organization__fullname__icontains=query)
    )
    known = Q(organization__isnull=False) | Q(user__is_active=True)
    return list(Namespace.objects.filter(named & known).select_related("user", "organization").order_by("key")[:FOUND])
