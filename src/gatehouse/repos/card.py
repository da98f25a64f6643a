"""What a repo's default branch says about it: kept in its row for pages, lists and filters."""

import json
import logging
import math
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from pygit2 import Commit, Repository

from gatehouse.repos import front_matter
from gatehouse.repos.card_data import summarize
from gatehouse.repos.keyset import LARGEST_INTEGER
from gatehouse.repos.models import BranchMove, Kind, Repo, RepoBlob, RepoTag
from gatehouse.repos.repositories import open_git
from gatehouse.repos.sizes import rows_told
from gatehouse.repos.weights import Weights
from gatehouse.repos.weights import read as read_weights
from gatehouse.repos.yaml_values import MAX_DEPTH, UNSTORABLE
from gatehouse.storage.damage import UNREADABLE
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import find_entry, list_tree, read_blob
from gatehouse.storage.times import git_time

log = logging.getLogger(__name__)

DEFAULT_BRANCH = "main"
LARGEST_CARD = 2 * 1024 * 1024
LARGEST_CONFIG = 256 * 1024
LARGEST_TOKENIZER_CONFIG = 2 * 1024 * 1024
MOST_NAMES = 10_000
TAG_LENGTH = 200
TOKENS = ("bos_token", "eos_token", "mask_token", "pad_token", "unk_token")
CONFIG_KEYS = ("model_type", "architectures", "quantization_config", "tokenizer_config", "auto_map")


@dataclass(frozen=True)
class Told:
    """What a commit of the default branch tells: columns of the row, and its tags."""

    columns: dict[str, Any]
    tags: list[str] | None


def refresh(repo: Repo, *, after: BranchMove | None = None) -> None:
    """Read the default branch anew after a change; the note of the change, where there is one, goes with it.

    Reading takes longer than anybody should wait for the row: it comes first, and again if the branch moved meanwhile.
    """
    git = open_git(repo.public_id)
    while not _follow(repo, git, after):
        pass


def _follow(repo: Repo, git: Repository, after: BranchMove | None) -> bool:
    """Let the row follow; False if it would tell of a commit that is the newest no more."""
    head = _head(git)
    told = _read_or_head(repo, git, head) if head else None
    with transaction.atomic():
        row = Repo.objects.select_for_update().get(pk=repo.pk)
        if _head(git) != head:
            return False
        if after:
            after.delete()
        if told:
            _write(row, told)
    return True


def _head(git: Repository) -> str | None:
    """The newest commit; None if somebody deleted the branch by git: the row keeps what it last knew."""
    try:
        return resolve_revision(git, DEFAULT_BRANCH)
    except Refusal:
        return None


def _read_or_head(repo: Repo, git: Repository, head: str) -> "Told":
    """Read a commit; of one that is damaged the row takes only that it is there, and keeps what it knew."""
    try:
        return _read(repo, git, head)
    except UNREADABLE as error:
        log.error("The git repository %s is damaged, see `gatehouse fsck`: %s", git.path, error)  # noqa: TRY400
        return Told({"head": head}, None)


def _read(repo: Repo, git: Repository, head: str) -> Told:
    commit = git[head]
    assert isinstance(commit, Commit)  # noqa: S101 - resolve_revision gives nothing else
    card = front_matter.parse(text_file(git, head, "README.md", LARGEST_CARD))
    entries, more = list_tree(git, head, "", recursive=True, after=None, limit=MOST_NAMES)
    config, has_chat_template = _config(git, head)
    names = [entry.path for entry in entries]
    summary = summarize(card.data, names, repo.kind, body=card.body, config=config, has_chat_template=has_chat_template)
    weights = read_weights(repo, entries) if repo.kind == Kind.MODEL else Weights()
    columns = {
        "head": head,
        "last_modified": git_time(commit.commit_time),
        "card": card.data,
        "card_problem": card.problem or "",
        "pipeline_tag": (summary.pipeline_tag or "")[:100],
        "library_name": (summary.library_name or "")[:100],
        "config": config,
        "safetensors": weights.safetensors if _storable(weights.safetensors) else None,
        "gguf": weights.gguf if _storable(weights.gguf) else None,
        "num_parameters": weights.parameters,
        # To look at more files takes longer than a push should: the worker does it.
        "main_size": None if more else min(sum(entry.size for entry in entries), LARGEST_INTEGER),
        "num_rows": rows_told(card.data, repo.kind),
    }
    return Told(columns, list(dict.fromkeys(tag[:TAG_LENGTH] for tag in summary.tags)))


def _write(row: Repo, told: Told) -> None:
    used = sum(RepoBlob.objects.filter(repo=row).values_list("size", flat=True))
    for name, value in (told.columns | {"used_storage": used}).items():
        setattr(row, name, value)
    row.save(update_fields=[*told.columns, "used_storage"])
    if told.tags is not None:
        RepoTag.objects.filter(repo=row).delete()
        RepoTag.objects.bulk_create([RepoTag(repo=row, tag=tag) for tag in told.tags])


def text_file(git: Repository, sha: str, path: str, limit: int) -> bytes:
    """Give a regular file's bytes, or nothing if it is absent, larger than `limit` bytes, or no regular file."""
    try:
        entry = find_entry(git, sha, path)
    except Refusal:
        return b""
    if entry.type != "file" or entry.is_submodule or entry.lfs or entry.size > limit:
        return b""
    return read_blob(git, entry.oid)


def _config(git: Repository, sha: str) -> tuple[dict[str, object], bool]:
    """Read what a model's configuration tells everybody, and whether it knows how talk is written."""
    config = _json(text_file(git, sha, "config.json", LARGEST_CONFIG))
    tokenizer = _json(text_file(git, sha, "tokenizer_config.json", LARGEST_TOKENIZER_CONFIG))
    kept = {key: config[key] for key in CONFIG_KEYS if key in config}
    tokens = {key: tokenizer[key] for key in TOKENS if isinstance(tokenizer.get(key), str)}
    kept |= {"tokenizer_config": tokens} if tokens else {}
    talks = bool(tokenizer.get("chat_template")) or bool(text_file(git, sha, "chat_template.jinja", LARGEST_CONFIG))
    return (kept if _storable(kept) else {}), talks


def _json(data: bytes) -> dict[str, Any]:
    """Read an object; one that no database could keep counts as empty."""
    try:
        value = json.loads(data or b"{}", parse_constant=lambda _: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _storable(value: object) -> bool:
    """Whether a column of JSON takes it: not too deep, and without characters that no text can have."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(each, str) and UNSTORABLE.search(each) for each in level):
            return False
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []
