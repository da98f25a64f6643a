"""Lists of models, datasets and spaces: search, filters, sorting, pages by keyset."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gatehouse.access import repo_lists
from gatehouse.access.gate import visible_repos
from gatehouse.access.repo_lists import Wanted
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.requests import actor_of
from gatehouse.repos.models import Kind, Repo
from gatehouse.storage.errors import Refusal
from gatehouse.web.list_filters import MOST_OTHER, address, chosen, filter_groups
from gatehouse.web.pages import page

PAGE = 30
COUNTED = 1000  # of longer lists the page says "more than"


@dataclass(frozen=True)
class Sort:
    """An order of a list: by which column, which way, and how it is called."""

    column: str
    name: str | Promise
    ascending: bool = False


OF_ALL = {
    "modified": Sort("last_modified", _("Recently updated")),
    "created": Sort("created_at", _("Newest")),
    "downloads": Sort("downloads", _("Most downloads")),
    "likes": Sort("likes", _("Most likes")),
}
SORTS = {
    Kind.MODEL: {
        **OF_ALL,
        "most_params": Sort("num_parameters", _("Most parameters")),
        "least_params": Sort("num_parameters", _("Fewest parameters"), ascending=True),
    },
    Kind.DATASET: {
        **OF_ALL,
        "most_rows": Sort("num_rows", _("Most rows")),
        "least_rows": Sort("num_rows", _("Fewest rows"), ascending=True),
        "largest": Sort("main_size", _("Largest")),
        "smallest": Sort("main_size", _("Smallest"), ascending=True),
    },
    Kind.SPACE: OF_ALL,
}
TITLES = {Kind.MODEL: _("Models"), Kind.DATASET: _("Datasets"), Kind.SPACE: _("Spaces")}


def shown() -> QuerySet[Repo]:
    """Give repos as lists show them: without the long columns."""
    return Repo.objects.select_related("namespace").defer("card", "config", "safetensors", "gguf")


def visible(actor: Actor) -> QuerySet[Repo]:
    return shown().filter(visible_repos(actor))


@require_safe
@page
def repo_list(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one page of the repos of a kind; the address is the state, so it can be passed on."""
    sorts = SORTS[Kind(kind)]
    sort = request.GET.get("sort", "modified")
    if sort not in sorts:
        raise Refusal(f"sort must be one of {', '.join(sorts)}.")
    actor, wanted = actor_of(request), wanted_of(kind, request.GET.dict(), request.GET.getlist("other"))
    found = repo_lists.page(
        actor,
        wanted,
        order=sorts[sort].column,
        ascending=sorts[sort].ascending,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE,
        load=shown(),
        count_to=COUNTED + 1,
    )
    context = {
        "kind": kind,
        "title": TITLES[Kind(kind)],
        "number": min(found.number, COUNTED),
        "uncounted": found.number > COUNTED,
        "repos": found.repos,
        "filters": filter_groups(request, kind),
        "chosen": chosen(request),
        "sort": sort,
        "sorts": sorts,
        "search": request.GET.get("search", ""),
        "first_page": address(request) if "cursor" in request.GET else "",
        "next_page": address(request, cursor=found.next) if found.next else "",
    }
    return render(request, "pages/repo_list.html", context)


def wanted_of(kind: str, asked: dict[str, str], other: list[str]) -> Wanted:
    """Read what a list is narrowed to, in the words of the Hub's own addresses."""
    tags = [*_tags(asked), *other[:MOST_OTHER]]
    return Wanted(
        kind,
        search=asked.get("search", ""),
        author=asked.get("author", ""),
        gated={"true": True, "false": False}.get(asked.get("gated", "")),
        task=asked.get("pipeline_tag", ""),
        library=asked.get("library", ""),
        tags=[[tag, f"language:{tag}"] for tag in tags],
    )


def _tags(asked: dict[str, str]) -> list[str]:
    license_ = asked.get("license", "").removeprefix("license:")
    task = asked.get("task_categories", "").removeprefix("task_categories:")
    named = [("license:", license_), ("task_categories:", task), ("", asked.get("language", ""))]
    return [prefix + value for prefix, value in named if value]
