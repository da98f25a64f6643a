"""A repo as JSON: which fields there are, and where their values come from (HUB-API §3.3)."""

import re
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Literal

from pydantic import Field

from gatehouse.hub_api.schemas import HubTime, PublicId, Shown
from gatehouse.repos.auto_classes import transformers_info
from gatehouse.repos.models import Kind, Repo

MASK = "*" * 64  # stands for the sha256 of a large file before callers who may not have the file


class SiblingLfs(Shown):
    """A large file's bytes; `sha256` is masked for callers who may not have them."""

    size: int
    sha256: str
    pointer_size: int


class Sibling(Shown):
    """A file of the repo; more than its name only when asked for."""

    rfilename: str
    size: int | None = None
    blob_id: str | None = None
    lfs: SiblingLfs | None = None


class Ancestor(Shown):
    """A model that another one was made from; without `_id` where this hub has no such model to show."""

    public_id: PublicId | None = Field(None, alias="_id")
    id: str


class BaseModels(Shown):
    """What a model was made from, and how."""

    relation: str
    models: list[Ancestor]


class RepoInfo(Shown):
    """A model, dataset or space. All but the ids may be left out when the caller asks for certain fields only."""

    public_id: PublicId = Field(alias="_id")
    id: str
    model_id: str | None = None
    author: str | None = None
    sha: str | None = None
    created_at: HubTime | None = None
    last_modified: HubTime | None = None
    private: bool | None = None
    gated: Literal[False, "auto", "manual"] | None = None
    disabled: bool | None = None
    downloads: int | None = None
    downloads_all_time: int | None = None
    likes: int | None = None
    trending_score: int | None = None
    library_name: str | None = Field(None, alias="library_name")
    pipeline_tag: str | None = Field(None, alias="pipeline_tag")
    tags: list[str] | None = None
    card_data: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    model_index: list[Any] | None = Field(None, alias="model-index")
    safetensors: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None
    siblings: list[Sibling] | None = None
    spaces: list[str] | None = None
    sdk: str | None = None
    datasets: list[str] | None = None
    models: list[str] | None = None
    used_storage: int | None = None
    mask_token: str | None = Field(None, alias="mask_token")
    transformers_info: dict[str, str] | None = None
    widget_data: list[Any] | None = None
    base_models: BaseModels | None = None
    children_model_count: int | None = None
    main_size: int | None = None
    paperswithcode_id: str | None = Field(None, alias="paperswithcode_id")
    subdomain: str | None = None
    xet_enabled: bool | None = None


ReadField = Callable[[Repo], object]

# What a repo's row tells by itself. `siblings` and all that depends on a revision is added by those who read git.
FROM_ROW: dict[str, ReadField] = {
    "author": lambda repo: repo.namespace.name,
    "cardData": lambda repo: repo.card or None,
    "config": lambda repo: repo.config or None,
    "createdAt": lambda repo: repo.created_at,
    "disabled": lambda _: False,
    "downloads": lambda repo: repo.downloads,
    "downloadsAllTime": lambda repo: repo.downloads,
    "gguf": lambda repo: repo.gguf or None,
    "gated": lambda repo: repo.gated or False,
    "lastModified": lambda repo: repo.last_modified,
    "library_name": lambda repo: repo.library_name or None,
    "likes": lambda repo: repo.likes,
    "mainSize": lambda repo: repo.main_size,
    "mask_token": lambda repo: _text(repo.config.get("tokenizer_config", {}).get("mask_token")),
    "model-index": lambda repo: _list(repo.card.get("model-index")),
    "paperswithcode_id": lambda repo: _text(repo.card.get("paperswithcode_id")),
    "pipeline_tag": lambda repo: repo.pipeline_tag or None,
    "private": lambda repo: repo.private,
    "safetensors": lambda repo: repo.safetensors or None,
    "sha": lambda repo: repo.head,
    "sdk": lambda repo: _text(repo.card.get("sdk")),
    "datasets": lambda repo: _texts(repo.card.get("datasets")),
    "models": lambda repo: _texts(repo.card.get("models")),
    "spaces": lambda _: [],
    "subdomain": lambda repo: re.sub(r"[^a-z0-9]+", "-", repo.key),
    "tags": lambda repo: repo.tags,
    "transformersInfo": lambda repo: transformers_info(repo.config, repo.library_name) or None,
    "trendingScore": lambda repo: repo.likes,
    "usedStorage": lambda repo: repo.used_storage,
    "widgetData": lambda repo: _list(repo.card.get("widget")),
    "xetEnabled": lambda _: True,
}
# The long columns that fields come from: lists load those of them that they need.
_OF_COLUMN = {
    "card": {"cardData", "model-index", "paperswithcode_id", "sdk", "datasets", "models", "widgetData"},
    "config": {"config", "mask_token", "transformersInfo"},
    "safetensors": {"safetensors"},
    "gguf": {"gguf"},
}
HEAVY_COLUMNS = frozenset(_OF_COLUMN)
_COMMON = {"author", "createdAt", "disabled", "gated", "lastModified", "likes", "private", "sha", "tags"}
_BY_KIND = {
    Kind.MODEL: {"downloads", "library_name", "pipeline_tag"},
    Kind.DATASET: {"downloads"},
    Kind.SPACE: {"sdk"},
}
# What the Hub knows and this hub has no value for: accepted in `expand`, and then left out.
_UNKNOWN_HERE = {
    Kind.MODEL: "evalResults gitalyUid inference inferenceProviderMapping resourceGroup",
    Kind.DATASET: "citation description gitalyUid resourceGroup",
    Kind.SPACE: "gitalyUid region resourceGroup runtime",
}
_MORE = {
    Kind.MODEL: {
        *("config", "downloadsAllTime", "gguf", "mask_token", "model-index", "safetensors", "spaces"),
        *("transformersInfo", "widgetData"),
    },
    Kind.DATASET: {"downloadsAllTime", "paperswithcode_id"},
    Kind.SPACE: {"datasets", "models", "subdomain"},
}
# Given only to those who ask for them by name, for each wants a look beyond the repo's row.
_ON_REQUEST = {Kind.MODEL: {"baseModels", "childrenModelCount"}, Kind.DATASET: {"mainSize"}, Kind.SPACE: set[str]()}


def listed_fields(kind: str) -> set[str]:
    """Give the fields of a repo in a list, unless asked for others."""
    return _COMMON | _BY_KIND[Kind(kind)] | {"trendingScore"}


def full_fields(kind: str) -> set[str]:
    """Give the fields of a repo on its own, unless asked for others."""
    return listed_fields(kind) | _MORE[Kind(kind)] | {"cardData", "siblings", "usedStorage"}


def expandable(kind: str) -> frozenset[str]:
    """Give the names that `expand` takes."""
    return frozenset(full_fields(kind) | _ON_REQUEST[Kind(kind)] | {"xetEnabled", *_UNKNOWN_HERE[Kind(kind)].split()})


def unneeded_columns(fields: AbstractSet[str]) -> set[str]:
    """Give the long columns that none of the fields comes from."""
    return {column for column, told in _OF_COLUMN.items() if not told & fields}


def to_json(repo: Repo, fields: Collection[str], more: Mapping[str, object] | None = None) -> dict[str, object]:
    """Write the chosen fields of a repo; `more` holds values that its row does not have, or overrides it."""
    told: dict[str, object] = {"_id": repo.public_id, "id": repo.repo_id}
    if repo.kind == Kind.MODEL:
        told["modelId"] = repo.repo_id
    for name in fields:
        if more and name in more:
            told[name] = more[name]
        elif name in FROM_ROW:
            told[name] = FROM_ROW[name](repo)
    return told


def _list(value: object) -> list[object] | None:
    return value if isinstance(value, list) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> list[str] | None:
    """Give a card's word or list of words; anything else there is no value."""
    words = [value] if isinstance(value, str) else value
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else None
