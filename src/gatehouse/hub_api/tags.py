"""The tags that repos here have, by type: what lists can be filtered by."""

from collections import defaultdict

from django.db.models import Count
from django.http import HttpRequest

from gatehouse.access import gate
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.schemas import Shown, hub_router
from gatehouse.repos.models import Kind, Repo, RepoTag

router = hub_router()

MOST_TAGS = 5000
# A tag such as `license:mit` is of the type that stands before its colon.
_PREFIXES = ("license", "dataset", "arxiv", "base_model", "language", "task_categories", "task_ids", "size_categories")


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
    repos = Repo.objects.filter(gate.visible_repos(actor_of(request)), kind=kind)
    columns = {
        "pipeline_tag": set(repos.exclude(pipeline_tag="").values_list("pipeline_tag", flat=True).distinct()),
        "library": set(repos.exclude(library_name="").values_list("library_name", flat=True).distinct()),
    }
    rows = RepoTag.objects.filter(repo__in=repos).values("tag").annotate(uses=Count("pk")).order_by("-uses", "tag")
    found: TagsByType = defaultdict(list)
    for tag in rows.values_list("tag", flat=True)[:MOST_TAGS]:
        kind_of_tag = _type(tag, columns)
        if wanted in {None, kind_of_tag}:
            found[kind_of_tag].append(TagShown(id=tag, label=tag.partition(":")[2] or tag, type=kind_of_tag))
    return dict(found)


def _type(tag: str, columns: dict[str, set[str]]) -> str:
    prefix, colon, _ = tag.partition(":")
    if colon and prefix in _PREFIXES:
        return prefix
    return next((name for name, values in columns.items() if tag in values), "other")
