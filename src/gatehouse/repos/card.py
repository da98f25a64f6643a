"""What a repo's default branch says about it: kept in its row for pages, lists and filters."""

import json
import logging
import math

from django.db import transaction
from pygit2 import Commit, Repository

from gatehouse.repos import front_matter
from gatehouse.repos.card_data import summarize
from gatehouse.repos.models import BranchMove, Repo, RepoBlob, RepoTag
from gatehouse.repos.repositories import open_git
from gatehouse.repos.yaml_values import MAX_DEPTH, UNSTORABLE
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import find_entry, list_tree, read_blob
from gatehouse.storage.times import git_time

log = logging.getLogger(__name__)

DEFAULT_BRANCH = "main"
LARGEST_CARD = 2 * 1024 * 1024
LARGEST_CONFIG = 256 * 1024
MOST_NAMES = 10_000
TAG_LENGTH = 200
COLUMNS = ["head", "last_modified", "card", "card_problem", "pipeline_tag", "library_name", "config", "used_storage"]
CONFIG_KEYS = ("model_type", "architectures", "quantization_config", "tokenizer_config", "auto_map")


def refresh(repo: Repo, *, after: BranchMove | None = None) -> None:
    """Read the default branch anew after a change. The row is locked, so the last of two pushes is what stays.

    The note of the change, where there is one, goes in the same transaction.
    """
    with transaction.atomic():
        row = Repo.objects.select_for_update().select_related("namespace").get(pk=repo.pk)
        if after:
            after.delete()
        git = open_git(row.public_id)
        try:
            row.head = resolve_revision(git, DEFAULT_BRANCH)
        except Refusal:  # no default branch: somebody deleted it by git; the row keeps what it last knew
            return
        _read(row, git)
        row.save(update_fields=COLUMNS)


def _read(row: Repo, git: Repository) -> None:
    commit = git[row.head]
    assert isinstance(commit, Commit)  # noqa: S101 - resolve_revision gives nothing else
    row.last_modified = git_time(commit.commit_time)
    card = front_matter.parse(text_file(git, row.head, "README.md", LARGEST_CARD))
    row.card, row.card_problem = card.data, card.problem or ""
    row.config = _config(text_file(git, row.head, "config.json", LARGEST_CONFIG))
    names = [entry.path for entry in list_tree(git, row.head, "", recursive=True, after=None, limit=MOST_NAMES)[0]]
    summary = summarize(card.data, names, row.kind, body=card.body)
    row.pipeline_tag, row.library_name = (summary.pipeline_tag or "")[:100], (summary.library_name or "")[:100]
    row.used_storage = sum(RepoBlob.objects.filter(repo=row).values_list("size", flat=True))
    RepoTag.objects.filter(repo=row).delete()
    tags = dict.fromkeys(tag[:TAG_LENGTH] for tag in summary.tags)
    RepoTag.objects.bulk_create([RepoTag(repo=row, tag=tag) for tag in tags])


def text_file(git: Repository, sha: str, path: str, limit: int) -> bytes:
    """Give a regular file's bytes, or nothing if it is absent, larger than `limit` bytes, or no regular file."""
    try:
        entry = find_entry(git, sha, path)
    except Refusal:
        return b""
    if entry.type != "file" or entry.lfs or entry.size > limit:
        return b""
    return read_blob(git, entry.oid)


def _config(data: bytes) -> dict[str, object]:
    """Read a model's configuration; one that no database could keep counts as none."""
    try:
        config = json.loads(data or b"{}", parse_constant=lambda _: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return {}
    kept = {key: config[key] for key in CONFIG_KEYS if key in config} if isinstance(config, dict) else {}
    return kept if _storable(kept) else {}


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
