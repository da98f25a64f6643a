"""What is known of a repo, for the column beside its card."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Value

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.repos import card_data
from gatehouse.repos.card import DEFAULT_BRANCH
from gatehouse.repos.card_links import CardLinks
from gatehouse.repos.models import Kind, Repo, RepoTag, repo_path
from gatehouse.web.language_names import language_name

MOST_TAGS = 60
MOST_NAMED = 20
MOST_PAPERS = 10
MOST_LANGUAGES = 12
MOST_TASKS = 8
# Tags that the page tells elsewhere.
_TASK = "task_categories:"  # of a dataset; a model has one task
_TOLD = ("base_model:", "license:", "dataset:", "arxiv:", "language:", _TASK)


@dataclass(frozen=True)
class Named:
    """Another repo that a card names; `path` is empty when it is not here, or not for this reader."""

    name: str
    path: str


@dataclass(frozen=True)
class Weights:
    """The parameters of a model: all of them, and by the type of their numbers, with each type's share in percent."""

    total: int
    by_dtype: list[tuple[str, int, str]]


class About:
    """The facts of a repo as one reader may know them."""

    def __init__(self, repo: Repo, actor: Actor) -> None:
        self.card = card_data.summarize(repo.card, (), repo.kind)
        # Where one's own licence can be read. The Hub's names of licences are known: they lead to what else has them.
        link = self.card.license_link if self.card.license_name else None
        self.license_link = CardLinks(f"{repo.path}/blob/{DEFAULT_BRANCH}/").link(link) if link else None
        tags = repo.tags
        self.languages = [(code, language_name(code)) for code in self.card.languages[:MOST_LANGUAGES]]
        self.tasks = [tag.removeprefix(_TASK) for tag in tags if tag.startswith(_TASK)][:MOST_TASKS]
        told = {repo.pipeline_tag, repo.library_name, *self.card.languages}
        self.tags = [tag for tag in tags if tag not in told and not tag.startswith(_TOLD)][:MOST_TAGS]
        self.papers = [tag.removeprefix("arxiv:") for tag in tags if tag.startswith("arxiv:")][:MOST_PAPERS]
        self.weights = _weights(repo)
        names = {Kind.MODEL: self.card.base_models[:MOST_NAMED], Kind.DATASET: self.card.datasets[:MOST_NAMED]}
        here, self.uses = _kin(repo, names, actor)
        self.base_models, self.datasets = (
            [Named(name, repo_path(kind, name) if (kind, name.lower()) in here else "") for name in named]
            for kind, named in names.items()
        )


def _kin(repo: Repo, names: Mapping[Kind, list[str]], actor: Actor) -> tuple[set[tuple[str, str]], int]:
    """Tell in one look which of the repos that the card names are here, and how many models say they come from it."""
    either = Q(pk__in=[])
    for kind, named in names.items():
        either |= Q(kind=kind, key__in=[name.lower() for name in named])
    visible = Repo.objects.filter(visible_repos(actor)).order_by()
    rows = visible.filter(either).annotate(n=Value(0)).values_list("kind", "key", "n")
    if repo.kind != Kind.SPACE:
        counted = visible.filter(pk__in=_naming(repo), kind=Kind.MODEL).values("kind").annotate(n=Count("pk"))
        rows = rows.union(counted.annotate(key=Value("")).values_list("kind", "key", "n"), all=True)
    found = list(rows)
    return {(kind, key) for kind, key, _ in found}, sum(n for _, _, n in found)


def _naming(repo: Repo) -> QuerySet[RepoTag, int]:
    """Find who names it as the model they were made from, or as a dataset they were trained on."""
    tag = f"{'base_model' if repo.kind == Kind.MODEL else 'dataset'}:{repo.repo_id}"
    return RepoTag.objects.filter(tag=tag).values_list("repo", flat=True)


def _weights(repo: Repo) -> Weights | None:
    """Read what the row keeps of the weights' headers; formats without types of numbers tell the sum alone."""
    parameters = repo.safetensors.get("parameters") if isinstance(repo.safetensors, dict) else None
    if isinstance(parameters, dict) and parameters:
        counted = sorted(((str(dtype), int(number)) for dtype, number in parameters.items()), key=lambda each: -each[1])
        total = sum(number for _, number in counted)
        return Weights(total, [(dtype, number, _share(number, total)) for dtype, number in counted])
    return Weights(repo.num_parameters, []) if repo.num_parameters else None


def _share(number: int, total: int) -> str:
    percent = round(100 * number / total) if total else 0
    return f"{percent}%" if percent else "<1%"
