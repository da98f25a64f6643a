"""Lists of repos: narrowed, in an order, page by page; nobody sees more in them than the gate allows.

A page must come fast from 100,000 repos on both databases, and no planner knows how often a word or a tag occurs. Where
tags, an author or a range of sizes leave few repos, those are looked up first. All else walks an index in the order of
the list, which holds all that is asked about a row, until the page is full. Conditions are written so that neither
planner is led away from these two ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import GreaterThan

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.repos.keyset import beyond, read_number_cursor, read_time_cursor, write_cursor
from gatehouse.repos.models import Kind, Repo, RepoTag

FEW = 1000
MOST_WORDS = 20
MOST_TAGS = 50
TIMES = frozenset({"last_modified", "created_at"})


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
    rows = _narrowed(actor, wanted).order_by(f"{sign}{order}", f"{sign}pk")
    if cursor:
        read = read_time_cursor if order in TIMES else read_number_cursor
        found = _keys(beyond(rows, order, *read(cursor), ascending=ascending), limit + 1)
        number = len(_keys(rows, count_to)) if count_to else 0
    else:
        found = _keys(rows, max(limit + 1, count_to))  # one walk finds the page and counts
        number = len(found)
    loaded = load.in_bulk(found[:limit])
    repos = [loaded[pk] for pk in found[:limit] if pk in loaded]  # one may have gone meanwhile
    more = repos and len(found) > limit
    return Page(repos, write_cursor(getattr(repos[-1], order), repos[-1].pk) if more else "", number)


def _keys(rows: QuerySet[Repo], most: int) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:most])


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
