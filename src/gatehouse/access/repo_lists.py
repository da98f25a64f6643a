"""Lists of repos: narrowed, in an order, page by page; nobody sees more in them than the gate allows.

A page must come fast from 100,000 repos on both databases, and no planner knows how often a word or a tag occurs. Where
a tag, an author or a range of sizes leaves few repos, those are looked up first. All else walks an index in the
order of the list, which holds all that is asked about a row, until the page is full.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Namespace
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
    """Some repos, and the cursor of the next page (empty: that was all)."""

    repos: list[Repo]
    next: str


def page(
    actor: Actor,
    wanted: Wanted,
    *,
    order: str,
    ascending: bool = False,
    cursor: str = "",
    limit: int,
    load: QuerySet[Repo],
) -> Page:
    """Give one page; `load` says what is read of each repo. Raises Refusal for a cursor that is none."""
    rows = _narrowed(Repo.objects.filter(visible_repos(actor), kind=wanted.kind), wanted)
    if cursor:
        read = read_time_cursor if order in TIMES else read_number_cursor
        rows = beyond(rows, order, *read(cursor), ascending=ascending)
    sign = "" if ascending else "-"
    found = list(rows.order_by(f"{sign}{order}", f"{sign}pk").values_list("pk", order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    loaded = load.in_bulk([pk for pk, _ in found])
    repos = [loaded[pk] for pk, _ in found if pk in loaded]  # one may have gone meanwhile
    return Page(repos, write_cursor(found[-1][1], found[-1][0]) if more else "")


def count(actor: Actor, wanted: Wanted, *, at_most: int) -> int:
    rows = _narrowed(Repo.objects.filter(visible_repos(actor), kind=wanted.kind), wanted)
    return rows[:at_most].count()


def _narrowed(rows: QuerySet[Repo], wanted: Wanted) -> QuerySet[Repo]:
    for word in wanted.search.lower().split()[:MOST_WORDS]:
        rows = rows.filter(key__contains=word)
    if wanted.gated is not None:
        rows = rows.exclude(gated="") if wanted.gated else rows.filter(gated="")
    if wanted.task:
        rows = rows.filter(pipeline_tag=wanted.task)
    if wanted.library and wanted.kind != Kind.MODEL:
        rows = rows.filter(library_name=wanted.library)
    if wanted.parameters:
        rows = _of_size(rows, wanted.parameters)
    if wanted.author:
        rows = _of_author(rows, wanted)
    return _tagged(rows, _tags(wanted))


def _tags(wanted: Wanted) -> list[Sequence[str]]:
    """The tags that a repo must have. A model's task and library are tags, too, and their table is the faster way."""
    own = [[name] for name in (wanted.task, wanted.library) if name and wanted.kind == Kind.MODEL]
    return [*own, *wanted.tags][:MOST_TAGS]


def _of_author(rows: QuerySet[Repo], wanted: Wanted) -> QuerySet[Repo]:
    owner = Namespace.objects.filter(key=wanted.author.lower()).values_list("pk", flat=True).first()
    if owner is None:
        return rows.none()
    few = _few(Repo.objects.filter(namespace=owner, kind=wanted.kind), "pk")
    return rows.filter(namespace=owner) if few is None else rows.filter(pk__in=few)


def _of_size(rows: QuerySet[Repo], bounds: tuple[int, int]) -> QuerySet[Repo]:
    few = _few(Repo.objects.filter(num_parameters__range=bounds), "pk")
    return rows.filter(num_parameters__range=bounds) if few is None else rows.filter(pk__in=few)


def _tagged(rows: QuerySet[Repo], tags: Sequence[Sequence[str]]) -> QuerySet[Repo]:
    """Keep what has all tags. Where many repos have them all, a walk meets one soon and may ask for each row."""
    if not tags:
        return rows
    together = RepoTag.objects.filter(tag__in=tags[0])
    for other in tags[1:]:
        together = together.filter(repo__in=RepoTag.objects.filter(tag__in=other).values("repo"))
    few = _few(together, "repo")
    if few is not None:
        return rows.filter(pk__in=few)
    return rows.filter(*(Exists(RepoTag.objects.filter(repo=OuterRef("pk"), tag__in=each)) for each in tags))


def _few(rows: QuerySet[Repo] | QuerySet[RepoTag], column: str) -> list[int] | None:
    """Give the repos, or None if they are many."""
    found = list(rows.order_by().values_list(column, flat=True)[: FEW + 1])
    return found if len(found) <= FEW else None
