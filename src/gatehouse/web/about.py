"""What is known of a repo, for the column beside its card."""

from dataclasses import dataclass

from django.db.models import Q

from gatehouse.access.gate import visible_repos
from gatehouse.accounts.actor import Actor
from gatehouse.repos import card_data
from gatehouse.repos.models import Kind, Repo, RepoTag, repo_path
from gatehouse.web.language_names import language_name

MOST_TAGS = 60
MOST_NAMED = 20
MOST_PAPERS = 10
MOST_LANGUAGES = 12
# Tags that the page tells elsewhere.
_TOLD = ("base_model:", "license:", "dataset:", "arxiv:", "language:")


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
        tags = list(repo.repo_tags.order_by("pk").values_list("tag", flat=True))
        self.languages = [(code, language_name(code)) for code in self.card.languages[:MOST_LANGUAGES]]
        told = {repo.pipeline_tag, repo.library_name, *self.card.languages}
        self.tags = [tag for tag in tags if tag not in told and not tag.startswith(_TOLD)][:MOST_TAGS]
        self.papers = [tag.removeprefix("arxiv:") for tag in tags if tag.startswith("arxiv:")][:MOST_PAPERS]
        self.weights = _weights(repo)
        self.base_models, self.datasets = self._named(actor)
        self.uses = _uses(repo, actor)

    def _named(self, actor: Actor) -> tuple[list[Named], list[Named]]:
        """Find which of the repos that the card names are here, in one look."""
        wanted = {
            Kind.MODEL: self.card.base_models[:MOST_NAMED],
            Kind.DATASET: self.card.datasets[:MOST_NAMED],
        }
        here: set[tuple[str, str]] = set()
        if any(wanted.values()):
            either = Q()
            for kind, names in wanted.items():
                either |= Q(kind=kind, key__in=[name.lower() for name in names])
            here = set(Repo.objects.filter(either).filter(visible_repos(actor)).values_list("kind", "key"))
        models, datasets = (
            [Named(name, repo_path(kind, name) if (kind, name.lower()) in here else "") for name in names]
            for kind, names in wanted.items()
        )
        return models, datasets


def _uses(repo: Repo, actor: Actor) -> int:
    """Count the models that say they come from this one, or were trained on this dataset."""
    if repo.kind == Kind.SPACE:
        return 0
    tag = f"{'base_model' if repo.kind == Kind.MODEL else 'dataset'}:{repo.repo_id}"
    named = RepoTag.objects.filter(tag=tag).values("repo")
    return Repo.objects.filter(pk__in=named, kind=Kind.MODEL).filter(visible_repos(actor)).count()


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
