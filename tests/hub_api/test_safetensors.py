"""What the weights of a model are, told from the headers of its files."""

import json

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import possession
from gatehouse.repos.repositories import blobs
from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.django_db
URL = "/api/models/alice/weights/safetensors-metadata"


def weights(**tensors):
    header = {name: {"dtype": "F32", "shape": [size], "data_offsets": [0, 4 * size]} for name, size in tensors.items()}
    data = json.dumps(header).encode()
    return len(data).to_bytes(8, "little") + data + bytes(4 * sum(tensors.values()))


def publish(files, **more):
    """Make a model whose `.safetensors` files are large ones."""
    kept = {path: blobs().receive([data]) for path, data in files.items() if path.endswith(".safetensors")}
    git = {
        path: make_pointer(kept[path].oid, kept[path].size) if path in kept else data for path, data in files.items()
    }
    repo = make_repo(make_user("alice"), files=git, **more)
    possession.take_in(repo.pk, *kept.values(), user_pk=None)
    return repo


def test_the_headers_of_all_shards_are_told(client):
    index = {"metadata": {"total_size": 12}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}
    files = {"m-1.safetensors": weights(a=1), "m-2.safetensors": weights(b=2), "m.json": json.dumps(index).encode()}
    publish({f"sub/{name}": data for name, data in files.items()})
    told = client.get(f"{URL}/sub/m.json").json()
    assert told["index"] == {"metadata": {"total_size": 12}}
    assert {name: list(header) for name, header in told["headers"].items()} == {
        "m-1.safetensors": ["a"],
        "m-2.safetensors": ["b"],
    }


def test_one_file_is_told_of_too(client):
    publish({"model.safetensors": weights(a=1)})
    told = client.get(f"{URL}/model.safetensors").json()
    assert told["headers"]["model.safetensors"]["a"]["shape"] == [1]


@pytest.mark.parametrize(
    "data",
    [b"", b"\1", b"\0" * 8, b"\xff" * 100, (2).to_bytes(8, "little") + b"[]", (9).to_bytes(8, "little") + b'{"a": 1}'],
)
def test_a_file_that_is_none_is_refused(client, data):
    publish({"model.safetensors": data})
    assert client.get(f"{URL}/model.safetensors").status_code == 400


@pytest.mark.parametrize(
    "index", [b"{", b"[]", b"{}", b'{"weight_map": {}}', b'{"weight_map": {"a": 5}}', b'{"weight_map": 5}']
)
def test_an_index_that_is_none_is_refused(client, index):
    publish({"m.json": index})
    assert client.get(f"{URL}/m.json").status_code == 400


@pytest.mark.parametrize("name", ["none.safetensors", "../x", "/etc/passwd"])
def test_a_shard_that_is_not_there_is_not_found(client, name):
    publish({"m.json": json.dumps({"weight_map": {"a": name}}).encode()})
    answer = client.get(f"{URL}/m.json")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "EntryNotFound")


def test_headers_are_content_and_stand_behind_the_gate(client):
    repo = publish({"model.safetensors": weights(a=1)}, gated="manual")
    assert client.get(f"{URL}/model.safetensors").headers["X-Error-Code"] == "GatedRepo"
    assert client.get(f"{URL}/model.safetensors", headers=auth(make_token(repo.creator))).status_code == 200
