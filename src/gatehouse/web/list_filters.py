"""What a list of repos can be narrowed by: the filters on offer, those in force, and the addresses they lead to."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gatehouse.repos.models import Kind, Repo, RepoTag
from gatehouse.web.language_names import language_name

FACETS_KEPT_S = 300
MOST_TAGS = 600
MOST_OTHER = 10
OFFERED = 40
AT_ONCE = 10  # the others of a group unfold
TITLES = {
    "gated": _("Access"),
    "pipeline_tag": _("Task"),
    "task_categories": _("Task"),
    "library": _("Library"),
    "license": _("Licence"),
    "language": _("Language"),
    "author": _("Owner"),
}
ACCESS = {"true": _("Gated"), "false": _("Open")}


@dataclass(frozen=True)
class Chip:
    """A filter to be clicked: switched on or off by going to `href`. By its `key` the focus finds it again."""

    text: str | Promise
    href: str
    on: bool
    number: int = 0
    key: str = ""


@dataclass(frozen=True)
class Group:
    """Filters of one kind; those of `more` are shown on demand."""

    title: str | Promise
    chips: list[Chip]
    more: list[Chip]


def filter_groups(request: HttpRequest, kind: str) -> list[Group]:
    offered = [("gated", [(value, 0) for value in ACCESS]), *_facets(kind)]
    return [_group(request, name, values) for name, values in offered if values]


def _group(request: HttpRequest, name: str, values: list[tuple[str, int]]) -> Group:
    chips = [_chip(request, name, value, number) for value, number in values]
    return Group(TITLES[name], chips[:AT_ONCE], chips[AT_ONCE:])


def _chip(request: HttpRequest, name: str, value: str, number: int) -> Chip:
    on = _given(request, name) == value
    return Chip(_shown(name, value), address(request, **{name: None if on else value}), on, number, f"{name}-{value}")


def _given(request: HttpRequest, name: str) -> str:
    """The value of a filter, whether or not it carries its own name as the Hub's addresses do."""
    return request.GET.get(name, "").removeprefix(f"{name}:")


def _shown(name: str, value: str) -> str | Promise:
    if name == "gated":
        return ACCESS.get(value, value)
    return language_name(value) if name == "language" else value


def _facets(kind: str) -> list[tuple[str, list[tuple[str, int]]]]:
    """Give the values on offer with how many repos have them: of public repos, so the same for everybody."""
    return cache.get_or_set(f"facets:2:{kind}", lambda: _count_facets(kind), FACETS_KEPT_S) or []


def _count_facets(kind: str) -> list[tuple[str, list[tuple[str, int]]]]:
    public = Repo.objects.filter(kind=kind, private=False)
    tags = _counted(RepoTag.objects.filter(repo__in=public).values_list("tag"), MOST_TAGS)
    languages = _with_prefix(tags, "language:" if kind == Kind.DATASET else "")
    tasks = _counted(public.exclude(pipeline_tag="").values_list("pipeline_tag"), OFFERED)
    return [
        ("task_categories", _with_prefix(tags, "task_categories:"))
        if kind == Kind.DATASET
        else ("pipeline_tag", tasks),
        ("library", _counted(public.exclude(library_name="").values_list("library_name"), OFFERED)),
        ("license", _with_prefix(tags, "license:")),
        ("language", [(code, number) for code, number in languages if _is_language(code)][:OFFERED]),
        ("author", _counted(public.values_list("namespace__name"), OFFERED)),
    ]


def _with_prefix(tags: list[tuple[str, int]], prefix: str) -> list[tuple[str, int]]:
    found = [(tag.removeprefix(prefix), number) for tag, number in tags if tag.startswith(prefix)]
    return found[:OFFERED] if prefix else found


def _is_language(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.islower()  # noqa: PLR2004 - ISO 639-1


def _counted(values: QuerySet[Any, Any], most: int) -> list[tuple[str, int]]:
    return [(value, n) for value, n in values.annotate(n=Count("pk")).order_by("-n")[:most]]


def chosen(request: HttpRequest) -> list[tuple[str, str, Chip]]:
    """The filters in force, each with its parameter and value, and the chip that takes it away."""
    found = []
    for name, title in TITLES.items():
        if value := request.GET.get(name):
            shown = _shown(name, _given(request, name))
            text = shown if name == "gated" else f"{title}: {shown}"
            found.append((name, value, Chip(text, address(request, **{name: None}), on=True)))
    for tag in request.GET.getlist("other")[:MOST_OTHER]:
        rest = [other for other in request.GET.getlist("other") if other != tag]
        text = gettext("Tag: %(tag)s") % {"tag": tag}
        found.append(("other", tag, Chip(text, address(request, other=rest), on=True)))
    return found


def address(request: HttpRequest, **changes: str | list[str] | None) -> str:
    """The present list with some parameters changed; a change of filter leads to the first page."""
    query = request.GET.copy()
    for name, value in ({"cursor": None} | changes).items():
        query.setlist(name, [value] if isinstance(value, str) else value or [])
    text = query.urlencode()
    return f"{request.path}?{text}" if text else request.path
