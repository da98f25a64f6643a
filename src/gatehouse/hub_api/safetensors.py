"""What the weights of a model are, told from the headers of its safetensors files (HUB-API §3.3)."""

from typing import Any

from django.http import HttpRequest

from gatehouse.access.gate import Case
from gatehouse.hub_api.cases import readable_case, repo_of
from gatehouse.hub_api.schemas import Shown, hub_router
from gatehouse.repos import content
from gatehouse.repos.safetensors import NotSafetensors, json_object, read_header, read_range
from gatehouse.repos.weights import LARGEST_INDEX, shards_of
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_tree import Entry

router = hub_router()

LARGEST_ANSWER = 32 * 1024**2  # bytes


class SafetensorsMetadata(Shown):
    """The header of each file, and the index without the names that the headers repeat."""

    headers: dict[str, dict[str, Any]]
    index: dict[str, Any]


@router.get(
    "/{repo:repo}/safetensors-metadata/{path:filename}", response=SafetensorsMetadata, summary="Tensors of a model"
)
def safetensors_metadata(request: HttpRequest, repo: str, filename: str) -> SafetensorsMetadata:
    case = readable_case(request, repo)
    head = repo_of(case).head
    index = _index(case, head, filename) if filename.endswith(".json") else {}
    folder = filename.rpartition("/")[0]
    names = shards_of(index, filename) if index else [filename.rpartition("/")[2]]
    headers, size = {}, 0
    for name in names:
        entry = content.file_at(case.public_id, head, f"{folder}/{name}" if folder else name)
        header, length = _header(case, entry)
        headers[name] = header
        size += length
        if size > LARGEST_ANSWER:
            raise Refusal(f"The headers of these files have more than {LARGEST_ANSWER} bytes.", status=413)
    return SafetensorsMetadata(headers=headers, index={k: v for k, v in index.items() if k != "weight_map"})


def _index(case: Case, sha: str, path: str) -> dict[str, Any]:
    entry = content.file_at(case.public_id, sha, path)
    if entry.size > LARGEST_INDEX:
        raise NotSafetensors(path)
    return json_object(read_range(content.source_of(case.public_id, case.repo_pk, entry), 0, entry.size), path)


def _header(case: Case, entry: Entry) -> tuple[dict[str, Any], int]:
    return read_header(content.source_of(case.public_id, case.repo_pk, entry), entry)
