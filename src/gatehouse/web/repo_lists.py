"""Lists of models, datasets and spaces: search, filters, sorting, pages by keyset."""

import base64
import binascii
import json
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.requests import actor_of
from gatehouse.repos.models import Kind, Repo, RepoTag
from gatehouse.storage.errors import Refusal
from gatehouse.storage.times import in_utc
from gatehouse.web.list_filters import MOST_OTHER, address, chosen, filter_groups
from gatehouse.web.pages import page

PAGE = 30
MOST_WORDS = 8
COUNTED = 1000  # of longer lists the page says "more than"
LARGEST_INTEGER = 2**63 - 1
SORTS = {"modified": "last_modified", "created": "created_at", "downloads": "downloads", "likes": "likes"}
SORT_NAMES = {
    "modified": _("Recently updated"),
    "created": _("Newest"),
    "downloads": _("Most downloads"),
    "likes": _("Most likes"),
}
TITLES = {Kind.MODEL: _("Models"), Kind.DATASET: _("Datasets"), Kind.SPACE: _("Spaces")}


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
    number = found[: COUNTED + 1].count()
    if cursor := request.GET.get("cursor"):
        found = _beyond(found, column, cursor)
    rows = list(found.order_by(f"-{column}", "-id")[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    context = {
        "kind": kind,
        "title": TITLES[Kind(kind)],
        "number": min(number, COUNTED),
        "uncounted": number > COUNTED,
        "repos": rows,
        "filters": filter_groups(request, kind),
        "chosen": chosen(request),
        "sort": sort,
        "sorts": SORT_NAMES,
        "search": request.GET.get("search", ""),
        "first_page": address(request),
        "next_page": address(request, cursor=_cursor(rows[-1], column)) if more else "",
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
    task = wanted.get("task_categories", "").removeprefix("task_categories:")
    named = [("license:", license_), ("task_categories:", task), ("", wanted.get("language", ""))]
    return [prefix + value for prefix, value in named if value]


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
