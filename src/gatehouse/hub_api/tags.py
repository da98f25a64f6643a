"""The tags that repos here have, by type: what lists can be filtered by."""

import re
from collections import defaultdict

from django.db.models import Count
from django.http import HttpRequest

from gatehouse.access import gate
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.schemas import Shown, hub_router
from gatehouse.repos.models import Kind, Repo, RepoTag

router = hub_router()

MOST_TAGS = 5000
# A tag such as `license:mit` is of the type that stands before its colon; these are the types of the Hub.
_PREFIXES = {
    Kind.MODEL: {"license", "dataset", "arxiv", "doi", "region"},
    Kind.DATASET: {
        *("annotations_creators", "arxiv", "benchmark", "doi", "format", "language", "language_creators", "library"),
        *("license", "modality", "multilinguality", "region", "size_categories", "source_datasets", "task_categories"),
        "task_ids",
    },
}
# Types of the Hub that no tag here has: asked for, and not found.
_UNUSED = {Kind.MODEL: {"bucket", "deploy"}, Kind.DATASET: set[str]()}
_COLUMNS = {"pipeline_tag": "pipeline_tag", "library": "library_name"}
_LANGUAGE = re.compile(r"[a-z]{2}")  # ISO 639-1; among the tags of models they have no prefix


class TagShown(Shown):
    """A tag."""

    id: str
    label: str
    type: str


TagsByType = dict[str, list[TagShown]]


@router.get("/models-tags-by-type", response=TagsByType, summary="Tags of models")
def model_tags(request: HttpRequest, type: str | None = None) -> TagsByType:  # noqa: A002 - the Hub's name
    return _tags(request, Kind.MODEL, type)


@router.get("/datasets-tags-by-type", response=TagsByType, summary="Tags of datasets")
def dataset_tags(request: HttpRequest, type: str | None = None) -> TagsByType:  # noqa: A002 - the Hub's name
    return _tags(request, Kind.DATASET, type)


def _tags(request: HttpRequest, kind: Kind, wanted: str | None) -> TagsByType:
    types = _PREFIXES[kind] | _UNUSED[kind] | ({*_COLUMNS} if kind == Kind.MODEL else set()) | {"language", "other"}
    if wanted not in {None, *types}:
        raise InvalidInput(f"Invalid option: expected one of {'|'.join(sorted(types))}", "type")
    repos = Repo.objects.filter(gate.visible_repos(actor_of(request)), kind=kind)
    columns = {
        type_: set(repos.exclude(**{column: ""}).values_list(column, flat=True).distinct())
        for type_, column in (_COLUMNS if kind == Kind.MODEL else {}).items()
    }
    rows = RepoTag.objects.filter(repo__in=repos).values("tag").annotate(uses=Count("pk")).order_by("-uses", "tag")
    found: TagsByType = defaultdict(list)
    for tag in rows.values_list("tag", flat=True)[:MOST_TAGS]:
        type_, label = _typed(tag, kind, columns)
        if wanted in {None, type_}:
            found[type_].append(TagShown(id=tag, label=label, type=type_))
    return dict(found)


def _typed(tag: str, kind: Kind, columns: dict[str, set[str]]) -> tuple[str, str]:
    """Give the type of a tag, and how it is called within it."""
    prefix, _, rest = tag.partition(":")
    if rest and prefix in _PREFIXES[kind]:
        return prefix, rest
    named = next((name for name, values in columns.items() if tag in values), None)
    return named or ("language" if kind == Kind.MODEL and _LANGUAGE.fullmatch(tag) else "other"), tag
