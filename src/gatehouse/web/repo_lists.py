"""Lists of models, datasets and spaces: search, filters, sorting, pages by keyset."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.requests import actor_of
from gatehouse.repos.models import Kind, Repo, RepoTag
from gatehouse.storage.errors import Refusal
from gatehouse.storage.times import in_utc
from gatehouse.web.pages import page

PAGE = 30
MOST_WORDS = 8
MOST_OTHER = 10
FACETS_KEPT_S = 300
LARGEST_INTEGER = 2**63 - 1
MOST_TAGS = 400
SORTS = {"modified": "last_modified", "created": "created_at", "downloads": "downloads", "likes": "likes"}
SORT_NAMES = {
    "modified": "Recently updated",
    "created": "Newest",
    "downloads": "Most downloads",
    "likes": "Most likes",
}
CHOSEN_TITLES = {
    "pipeline_tag": "task",
    "library": "library",
    "license": "licence",
    "language": "language",
    "author": "by",
    "gated": "gated",
}


@dataclass(frozen=True)
class Facet:
    """One kind of filter: the query parameter, its name on the page, and the values with how many repos have them."""

    name: str
    title: str
    values: list[tuple[str, int]]


@dataclass(frozen=True)
class Chip:
    """A filter to be clicked: switched on or off by going to `href`."""

    text: str
    href: str
    on: bool
    number: int = 0


def visible(actor: Actor) -> QuerySet[Repo]:
    """Give the repos that the actor may see, as lists show them: without the long columns."""
    return (
        Repo.objects.filter(visible_repos(actor))
        .select_related("namespace")
        .defer("card", "config", "safetensors", "gguf")
    )


@require_safe
@page
def repo_list(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one page of the repos of a kind; the address is the state, so it can be passed on."""
    sort = request.GET.get("sort", "modified")
    column = SORTS.get(sort)
    if column is None:
        raise Refusal(f"sort must be one of {', '.join(SORTS)}.")
    found = filtered(visible(actor_of(request)).filter(kind=kind), request.GET.dict(), request.GET.getlist("other"))
    if cursor := request.GET.get("cursor"):
        found = _beyond(found, column, cursor)
    rows = list(found.order_by(f"-{column}", "-id")[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    context = {
        "kind": kind,
        "title": {"model": "Models", "dataset": "Datasets", "space": "Spaces"}[kind],
        "repos": rows,
        "filters": [("Access", _access_chips(request)), *_facet_chips(request, kind)],
        "chosen": _chosen(request),
        "sort": sort,
        "sorts": SORT_NAMES,
        "search": request.GET.get("search", ""),
        "first_page": _address(request),
        "next_page": _address(request, cursor=_cursor(rows[-1], column)) if more else "",
    }
    return render(request, "pages/repo_list.html", context)


def filtered(repos: QuerySet[Repo], wanted: dict[str, str], other: list[str]) -> QuerySet[Repo]:
    """Narrow a list by the words the Hub's own addresses use."""
    for word in wanted.get("search", "").split()[:MOST_WORDS]:
        repos = repos.filter(key__contains=word.lower())
    if task := wanted.get("pipeline_tag"):
        repos = repos.filter(pipeline_tag=task)
    if library := wanted.get("library"):
        repos = repos.filter(library_name=library)
    if author := wanted.get("author"):
        repos = repos.filter(namespace__key=author.lower())
    if wanted.get("gated") in {"true", "false"}:
        repos = repos.exclude(gated="") if wanted["gated"] == "true" else repos.filter(gated="")
    for tag in [*_tags(wanted), *other[:MOST_OTHER]]:
        repos = repos.filter(Exists(RepoTag.objects.filter(repo=OuterRef("pk"), tag__in=[tag, f"language:{tag}"])))
    return repos


def _tags(wanted: dict[str, str]) -> list[str]:
    license_ = wanted.get("license", "").removeprefix("license:")
    return [*([f"license:{license_}"] if license_ else []), *filter(None, [wanted.get("language")])]


def _beyond(repos: QuerySet[Repo], column: str, cursor: str) -> QuerySet[Repo]:
    """Rows after the cursor by row value: one index range at any depth."""
    value, pk = _read_cursor(cursor, column)
    return repos.extra(  # noqa: S610 - the column is one of ours, the values are parameters
        where=[f'("repos_repo"."{column}", "repos_repo"."id") < (%s, %s)'], params=[value, pk]
    )


def _cursor(repo: Repo, column: str) -> str:
    value = getattr(repo, column)
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else value, repo.pk])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str, column: str) -> tuple[object, int]:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor))
        if column in {"last_modified", "created_at"}:
            return _database_time(str(value)), _database_integer(pk)
        return _database_integer(value), _database_integer(pk)
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise Refusal("This page of the list cannot be found: start again from its beginning.") from error


def _database_time(text: str) -> object:
    moment = in_utc(parse_datetime(text))
    return connection.ops.adapt_datetimefield_value(moment) if connection.vendor == "sqlite" else moment


def _database_integer(value: object) -> int:
    if not isinstance(value, int) or abs(value) > LARGEST_INTEGER:
        raise ValueError(value)
    return value


def facets(kind: str) -> list[Facet]:
    """Give what a list can be narrowed by. Only of public repos, so that it can be the same for everybody."""
    return cache.get_or_set(f"facets:{kind}", lambda: _facets(kind), FACETS_KEPT_S) or []


def _facets(kind: str) -> list[Facet]:
    public = Repo.objects.filter(kind=kind, private=False)
    tags = _counted(RepoTag.objects.filter(repo__in=public).values_list("tag"), MOST_TAGS)
    prefix = "language:" if kind == Kind.DATASET else ""
    languages = [
        (tag.removeprefix(prefix), n) for tag, n in tags if tag.startswith(prefix) and _is_language(tag, prefix)
    ]
    licenses = [(tag.removeprefix("license:"), n) for tag, n in tags if tag.startswith("license:")]
    return [
        Facet("pipeline_tag", "Task", _counted(public.exclude(pipeline_tag="").values_list("pipeline_tag"), 12)),
        Facet("library", "Library", _counted(public.exclude(library_name="").values_list("library_name"), 10)),
        Facet("license", "Licence", licenses[:10]),
        Facet("language", "Language", languages[:12]),
    ]


def _is_language(tag: str, prefix: str) -> bool:
    code = tag.removeprefix(prefix)
    return len(code) == 2 and code.isascii() and code.islower()  # noqa: PLR2004 - ISO 639-1


def _counted(values: QuerySet[Any, Any], most: int) -> list[tuple[str, int]]:
    return [(value, n) for value, n in values.annotate(n=Count("pk")).order_by("-n")[:most]]


def _access_chips(request: HttpRequest) -> list[Chip]:
    return [_chip(request, "gated", value, text) for value, text in (("true", "Gated"), ("false", "Open"))]


def _facet_chips(request: HttpRequest, kind: str) -> list[tuple[str, list[Chip]]]:
    rows = [(facet.title, [_chip(request, facet.name, value, value, n) for value, n in facet.values])
            for facet in facets(kind)]  # fmt: skip
    return [(title, chips) for title, chips in rows if chips]


def _chip(request: HttpRequest, name: str, value: str, text: str, number: int = 0) -> Chip:
    on = request.GET.get(name, "").removeprefix("license:") == value
    return Chip(text, _address(request, **{name: None if on else value}), on, number)


def _chosen(request: HttpRequest) -> list[tuple[str, str, Chip]]:
    """The filters in force, each with its parameter and value, and the chip that takes it away."""
    chosen = []
    for name, title in CHOSEN_TITLES.items():
        if value := request.GET.get(name):
            shown = title if name == "gated" else f"{title}: {value.removeprefix('license:')}"
            if name == "gated" and value == "false":
                shown = "open"
            chosen.append((name, value, Chip(shown, _address(request, **{name: None}), on=True)))
    for tag in request.GET.getlist("other")[:MOST_OTHER]:
        rest = [other for other in request.GET.getlist("other") if other != tag]
        chosen.append(("other", tag, Chip(f"tag: {tag}", _address(request, other=rest), on=True)))
    return chosen


def _address(request: HttpRequest, **changes: str | list[str] | None) -> str:
    """The present list with some parameters changed; a change of filter leads to the first page."""
    query = request.GET.copy()
    for name, value in ({"cursor": None} | changes).items():
        query.setlist(name, [value] if isinstance(value, str) else value or [])
    text = query.urlencode()
    return f"{request.path}?{text}" if text else request.path
