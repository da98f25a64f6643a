"""Lists of repos: narrowed, in an order, page by page; nobody sees more in them than the gate allows.

A page must come fast from 100,000 repos on both databases, and no planner knows how often a word or a tag occurs. Where
tags, an author or a range of sizes leave few repos, those are looked up first. All else walks an index in the order of
the list, which holds all that is asked about a row, until the page is full. Conditions are written so that neither
planner is led away from these two ways.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import GreaterThan

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.repos.keyset import (
    beyond,
    read_known_number_cursor,
    read_name_cursor,
    read_number_cursor,
    read_time_cursor,
    write_cursor,
)
from gatehouse.repos.models import Kind, Repo, RepoTag

FEW = 1000
MOST_WORDS = 20
MOST_TAGS = 50
OFTEN_UNKNOWN = frozenset({"num_parameters", "main_size", "num_rows"})
CURSORS: dict[str, Callable[[str], tuple[Any, int]]] = {
    "last_modified": read_time_cursor,
    "created_at": read_time_cursor,
    "downloads": read_number_cursor,
    "likes": read_number_cursor,
    "key": read_name_cursor,
    **dict.fromkeys(OFTEN_UNKNOWN, read_known_number_cursor),
}


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; what is empty does not narrow it. `tags` holds the ways in which each is written."""

    kind: str
    search: str = ""
    author: str = ""
    gated: bool | None = None
    task: str = ""
    library: str = ""
    tags: Sequence[Sequence[str]] = field(default_factory=tuple)
    parameters: tuple[int, int] | None = None  # at least and at most
    linked: bool = False  # a space's card names a model or a dataset


@dataclass(frozen=True)
class Page:
    """Some repos, the cursor of the next page (empty: that was all), and how many there are, as far as was counted."""

    repos: list[Repo]
    next: str
    number: int


def page(
    actor: Actor,
    wanted: Wanted,
    *,
    order: str,
    ascending: bool = False,
    cursor: str = "",
    limit: int,
    load: QuerySet[Repo],
    count_to: int = 0,
) -> Page:
    """Give one page; `load` says what is read of each repo. Raises Refusal for a cursor that is none."""
    sign = "" if ascending else "-"
    stretches = _stretches(_narrowed(actor, wanted).order_by(f"{sign}{order}", f"{sign}pk"), order)
    if cursor:
        value, pk = CURSORS[order](cursor)
        found = _keys(_beyond(stretches, order, value, pk, ascending=ascending), limit + 1)
        number = len(_keys(stretches, count_to)) if count_to else 0
    else:
        found = _keys(stretches, max(limit + 1, count_to))  # one walk finds the page and counts
        number = len(found)
    loaded = load.in_bulk(found[:limit])
    repos = [loaded[pk] for pk in found[:limit] if pk in loaded]  # one may have gone meanwhile
    more = repos and len(found) > limit
    return Page(repos, write_cursor(getattr(repos[-1], order), repos[-1].pk) if more else "", number)


def _stretches(rows: QuerySet[Repo], order: str) -> list[QuerySet[Repo]]:
    """Cut an order into what comes one after the other: of what is often unknown that comes last, either way.

    Each is a range of the same index. One statement for both would have to sort, on one of the databases.
    """
    if order not in OFTEN_UNKNOWN:
        return [rows]
    return [rows.filter(**{f"{order}__isnull": unknown}) for unknown in (False, True)]


def _beyond(
    stretches: list[QuerySet[Repo]], order: str, value: object, pk: int, *, ascending: bool
) -> list[QuerySet[Repo]]:
    """Give what is left of the stretches behind (`value`, `pk`)."""
    if value is None:
        return [stretches[-1].filter(pk__gt=pk) if ascending else stretches[-1].filter(pk__lt=pk)]
    return [beyond(stretches[0], order, value, pk, ascending=ascending), *stretches[1:]]


def _keys(stretches: list[QuerySet[Repo]], most: int) -> list[int]:
    found: list[int] = []
    for rows in stretches:
        if len(found) < most:
            found += rows.values_list("pk", flat=True)[: most - len(found)]
    return found


def _narrowed(actor: Actor, wanted: Wanted) -> QuerySet[Repo]:
    rows, few = Repo.objects.filter(*_conditions(wanted), visible_repos(actor)), _few(wanted)
    if few is None:
        return rows.filter(kind=wanted.kind)
    # Not by the plain column: SQLite would rather walk the index that begins with it than look up the few.
    return rows.alias(their_kind=Lower("kind")).filter(pk__in=few, their_kind=wanted.kind)


def _conditions(wanted: Wanted) -> list[Q]:
    """Say what each repo must meet. Nothing here can be looked up in an index of its own, which is on purpose.

    SQLite asks in this order, so what is cheap comes first; who may see the repo is asked last.
    """
    found = []
    if wanted.gated is not None:
        found.append(~Q(gated="") if wanted.gated else Q(gated=""))
    if wanted.task:
        found.append(Q(pipeline_tag=wanted.task))
    if wanted.library and wanted.kind != Kind.MODEL:
        found.append(Q(library_name=wanted.library))
    if wanted.parameters:
        found.append(Q(num_parameters__range=wanted.parameters))
    if wanted.author:
        found.append(Q(key__startswith=f"{wanted.author.lower()}/"))
    # By position: half the work of LIKE, and nothing that PostgreSQL would guess to be rare.
    words = wanted.search.lower().split()[:MOST_WORDS]
    found += [Q(GreaterThan(StrIndex("key", Value(word)), 0)) for word in words]
    if wanted.linked:
        names = Q(tag__startswith="model:") | Q(tag__startswith="dataset:")
        found.append(Q(Exists(RepoTag.objects.filter(names, repo=OuterRef("pk")))))
    return found + [Q(Exists(RepoTag.objects.filter(repo=OuterRef("pk"), tag__in=each))) for each in _tags(wanted)]


def _tags(wanted: Wanted) -> list[Sequence[str]]:
    """The tags that a repo must have. A model's library is one, too."""
    library = [[wanted.library]] if wanted.library and wanted.kind == Kind.MODEL else []
    return [*library, *wanted.tags][:MOST_TAGS]


def _few(wanted: Wanted) -> set[int] | None:
    """Give the repos among which all of the list are, or None if they are many."""
    ways: list[QuerySet[Any, int]] = []
    if wanted.author:
        ways.append(Repo.objects.filter(namespace__key=wanted.author.lower()).values_list("pk", flat=True))
    if wanted.parameters:
        ways.append(Repo.objects.filter(num_parameters__range=wanted.parameters).values_list("pk", flat=True))
    # A model's task is a tag, too.
    if tags := [*_tags(wanted), *([[wanted.task]] if wanted.task and wanted.kind == Kind.MODEL else [])]:
        ways.append(_having(tags))
    found = [list(way.order_by()[: FEW + 1]) for way in ways]
    few = [set(each) for each in found if len(each) <= FEW]
    return set.intersection(*few) if few else None


def _having(tags: Sequence[Sequence[str]]) -> QuerySet[RepoTag, int]:
    """Give the repos that have all tags."""
    first, *others = tags
    having = (Exists(RepoTag.objects.filter(repo=OuterRef("repo"), tag__in=each)) for each in others)
    return RepoTag.objects.filter(*having, tag__in=first).values_list("repo", flat=True)
