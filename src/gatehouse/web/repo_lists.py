"""Lists of models, datasets and spaces: search, filters, sorting, pages by keyset."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
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
SORTS = {"modified": "last_modified", "created": "created_at", "downloads": "downloads", "likes": "likes"}
SORT_NAMES = {
    "modified": _("Recently updated"),
    "created": _("Newest"),
    "downloads": _("Most downloads"),
    "likes": _("Most likes"),
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
    sort = request.GET.get("sort", "modified")
    column = SORTS.get(sort)
    if column is None:
        raise Refusal(f"sort must be one of {', '.join(SORTS)}.")
    actor, wanted = actor_of(request), wanted_of(kind, request.GET.dict(), request.GET.getlist("other"))
    cursor = request.GET.get("cursor", "")
    found = repo_lists.page(actor, wanted, order=column, cursor=cursor, limit=PAGE, load=shown(), count_to=COUNTED + 1)
    context = {
        "kind": kind,
        "title": TITLES[Kind(kind)],
        "number": min(found.number, COUNTED),
        "uncounted": found.number > COUNTED,
        "repos": found.repos,
        "filters": filter_groups(request, kind),
        "chosen": chosen(request),
        "sort": sort,
        "sorts": SORT_NAMES,
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
