"""How much is in a repo: the bytes of its default branch, and the rows that a dataset's card tells of."""

import logging
from collections.abc import Mapping
from typing import Any

from gatehouse.repos.keyset import LARGEST_INTEGER
from gatehouse.repos.models import Kind, Repo
from gatehouse.repos.repositories import RepoNotFound, open_git
from gatehouse.storage.damage import UNREADABLE
from gatehouse.storage.errors import EntryNotFound
from gatehouse.storage.git_tree import folder_size

log = logging.getLogger(__name__)


def rows_told(card: Mapping[str, Any], kind: str) -> int | None:
    """Add up the rows of all splits that `dataset_info` names: `push_to_hub` of `datasets` writes it."""
    told = card.get("dataset_info") if kind == Kind.DATASET else None
    configs = told if isinstance(told, list) else [told]
    splits = [split for config in configs for split in _list(config, "splits")]
    rows: list[Any] = [split["num_examples"] for split in splits if isinstance(split, dict) and "num_examples" in split]
    if not rows or any(type(number) is not int or number < 0 for number in rows):
        return None
    return min(int(sum(rows)), LARGEST_INTEGER)


def _list(config: object, name: str) -> list[Any]:
    found = config.get(name) if isinstance(config, dict) else None
    return found if isinstance(found, list) else []


def measure() -> None:
    """Measure what a push left unmeasured, for there are very many files, and what an older version of this hub did."""
    for pk in list(Repo.objects.filter(main_size=None).order_by("pk").values_list("pk", flat=True)):
        _measure(pk)


def _measure(pk: int) -> None:
    repo = Repo.objects.only("public_id", "kind", "head", "card").filter(pk=pk).first()
    if repo is None:
        return
    try:
        size = folder_size(open_git(repo.public_id), repo.head)
    except (KeyError, ValueError, RepoNotFound, EntryNotFound, *UNREADABLE) as error:
        log.debug("The repo %s cannot be measured: %s", repo.public_id, error)  # `gatehouse fsck` tells of it
        return
    # Unless a push came between, which has measured it or left it to the next time.
    rows = rows_told(repo.card, repo.kind)
    Repo.objects.filter(pk=pk, head=repo.head).update(main_size=min(size, LARGEST_INTEGER), num_rows=rows)
