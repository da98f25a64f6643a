"""What the weights of a model are on the whole, read from the heads of its files: few bytes, however large they are."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from gatehouse.repos import content, gguf
from gatehouse.repos.models import Repo
from gatehouse.repos.safetensors import NotSafetensors, json_object, read_header, read_range, tensor_file
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_tree import Entry

log = logging.getLogger(__name__)

# The first of these at the root that there is tells what the model is; an index names its shards.
SAFETENSORS = (
    "model.safetensors.index.json",
    "model.safetensors",
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.safetensors",
    "adapter_model.safetensors",
)
LARGEST_INDEX = 32 * 1024**2  # bytes
LARGEST_HEADER = 16 * 1024**2
LARGEST_HEADERS = 64 * 1024**2  # of all shards together
MOST_SHARDS = 1000
MOST_DTYPES = 50
LONGEST_DTYPE = 32
LARGEST_INTEGER = 2**63 - 1
_SHARD = re.compile(r"(.*)-\d{5}-of-(\d{5})\.(safetensors|gguf)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a row keeps of them; None where there are no such files, or none that could be read."""

    safetensors: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None

    @property
    def parameters(self) -> int | None:
        told = self.safetensors or self.gguf
        return told["total"] if told else None


def read(repo: Repo, entries: Iterable[Entry]) -> Weights:
    """Read the heads of a model's files; one that is not what its name says is as if it were not there."""
    root = {entry.path: entry for entry in entries if entry.type == "file" and "/" not in entry.path}
    return Weights(_told(_safetensors, repo, root), _told(_gguf, repo, root))


def _told(read_all: Any, repo: Repo, root: Mapping[str, Entry]) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] | None = read_all(repo, root)
    except Refusal:
        return None
    except Exception:  # a push has happened, and no file in it can make it fail now
        log.exception("The weights of repo %s could not be read", repo.public_id)
        return None
    return told if told and 0 < told["total"] <= LARGEST_INTEGER else None


def _safetensors(repo: Repo, root: Mapping[str, Entry]) -> dict[str, Any] | None:
    counted: Counter[str] = Counter()
    left = LARGEST_HEADERS
    for entry in _safetensors_files(repo, root):
        parameters, length = _header(settings.DATA, repo.public_id, repo.pk, entry)
        counted.update(dict(parameters))
        left -= length
        if left < 0 or len(counted) > MOST_DTYPES:
            return None
    return {"parameters": dict(counted), "total": counted.total()} if counted else None


def _safetensors_files(repo: Repo, root: Mapping[str, Entry]) -> list[Entry]:
    name = next(filter(root.get, SAFETENSORS), None)
    if name is None:
        return _set_of(root, ".safetensors")
    if not name.endswith(".json"):
        return [root[name]]
    index = root[name]
    if index.size > LARGEST_INDEX:
        raise NotSafetensors(name)
    data = read_range(content.source_of(repo.public_id, repo.pk, index), 0, index.size)
    return [_shard(root, shard) for shard in shards_of(json_object(data, name), name)]


def shards_of(index: Mapping[str, Any], path: str) -> list[str]:
    """Give the names of the files that an index names; raises NotSafetensors."""
    weights = index.get("weight_map")
    names = {name for name in weights.values() if isinstance(name, str)} if isinstance(weights, dict) else set()
    if not names or len(names) > MOST_SHARDS:
        raise NotSafetensors(path)
    return sorted(names)


def _shard(root: Mapping[str, Entry], name: str) -> Entry:
    if name not in root:
        raise NotSafetensors(name)
    return root[name]


def _set_of(root: Mapping[str, Entry], ending: str) -> list[Entry]:
    """Give the first file of a format, with the other shards if it is one."""
    names = sorted(name for name in root if name.lower().endswith(ending))
    first = _SHARD.fullmatch(names[0]) if names else None
    if first is None:
        return [root[name] for name in names[:1]]
    same = [name for name in names if (found := _SHARD.fullmatch(name)) and found.groups() == first.groups()]
    return [root[name] for name in same[:MOST_SHARDS]]


def _gguf(repo: Repo, root: Mapping[str, Entry]) -> dict[str, Any] | None:
    heads = [_head(settings.DATA, repo.public_id, repo.pk, entry) for entry in _set_of(root, ".gguf")]
    if not heads:
        return None
    architecture = heads[0][1].get("general.architecture", "")
    length = heads[0][1].get(f"{architecture}.context_length", "")
    told = {"total": sum(parameters for parameters, _ in heads), "architecture": architecture}
    return told | ({"context_length": int(length)} if length.isdecimal() else {})


# Files are told apart by what is in them, so what was read of one stays true; a push seldom changes all shards.


@lru_cache(maxsize=4096)
def _header(_data: Path, public_id: str, repo_pk: int, entry: Entry) -> tuple[tuple[tuple[str, int], ...], int]:
    header, length = read_header(content.source_of(public_id, repo_pk, entry), entry, largest=LARGEST_HEADER)
    counted = tensor_file(header, entry.path).by_dtype
    if len(counted) > MOST_DTYPES or any(len(dtype) > LONGEST_DTYPE for dtype, _ in counted):
        raise NotSafetensors(entry.path)
    return tuple(counted), length


@lru_cache(maxsize=1024)
def _head(_data: Path, public_id: str, repo_pk: int, entry: Entry) -> tuple[int, dict[str, str]]:
    head = gguf.read_head(content.source_of(public_id, repo_pk, entry), entry.size)
    kept = {name: value for name, value in head.metadata if name.endswith((".architecture", ".context_length"))}
    return head.parameters, kept
