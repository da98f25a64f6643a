"""What a row keeps of a model's weights: read on push, whatever way the bytes came in."""

import json
import struct

import pytest

from factories import make_repo, make_user
from gatehouse.repos import card, commits, possession
from gatehouse.repos.repositories import blobs
from gatehouse.storage.git_operations import Delete, Put
from gatehouse.storage.pointers import make_pointer
from gguf_files import gguf, number, string

pytestmark = pytest.mark.django_db
INFO = "/api/models/alice/weights"


def safetensors(**tensors):
    """Make a file by tensors of (dtype, shape); the numbers themselves are left out."""
    header = {
        name: {"dtype": dtype, "shape": shape, "data_offsets": [0, 0]} for name, (dtype, shape) in tensors.items()
    }
    data = json.dumps(header).encode()
    return struct.pack("<Q", len(data)) + data + b"\0" * 16


@pytest.fixture
def publish():
    """Commit files as a program would: weights as large files, all others as they are."""

    def _publish(**files):
        repo = make_repo(make_user("alice"))
        puts = []
        for name, data in files.items():
            path = name.replace("__", "-").replace("_json", ".json").replace("_safetensors", ".safetensors")
            path = path.replace("_gguf", ".gguf")
            if path.endswith((".safetensors", ".gguf")):
                blob = blobs().receive([data])
                possession.take_in(repo.pk, blob, user_pk=None)
                puts.append(Put(path, make_pointer(blob.oid, blob.size)))
            else:
                puts.append(Put(path, json.dumps(data).encode()))
        commits.commit(repo, card.DEFAULT_BRANCH, puts, user=repo.creator, message="Add weights")
        return repo

    return _publish


def test_parameters_are_counted_by_type(client, publish):
    publish(model_safetensors=safetensors(a=("BF16", [2, 3]), b=("BF16", [4]), c=("F32", [])))
    assert client.get(INFO).json()["safetensors"] == {"parameters": {"BF16": 10, "F32": 1}, "total": 11}


def test_all_shards_of_an_index_count_and_other_files_do_not(client, publish):
    index = {"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}
    shard = safetensors(a=("F16", [5]))
    publish(**{"model.safetensors.index_json": index, "m-1_safetensors": shard, "m-2_safetensors": shard,
               "model_safetensors": safetensors(z=("F32", [999]))})  # fmt: skip
    assert client.get(INFO).json()["safetensors"] == {"parameters": {"F16": 10}, "total": 10}


def test_shards_without_an_index_count_together(client, publish):
    shard = safetensors(a=("F16", [5]))
    publish(**{"w-00001-of-00002_safetensors": shard, "w-00002-of-00002_safetensors": shard, "z_safetensors": shard})
    assert client.get(INFO).json()["safetensors"]["total"] == 10


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 40,
        struct.pack("<Q", 2) + b"[]" + b"\0" * 8,
        safetensors(a=("F32", [-1])),
        safetensors(a=("F32", [2**62, 2**62])),
        safetensors(a=("\0" * 8, [1])),
        safetensors(a=("F" * 99, [1])),
        safetensors(**{f"t{n}": (f"D{n}", [1]) for n in range(60)}),
    ],
)
def test_a_file_that_is_none_makes_no_push_fail(client, publish, data):
    publish(model_safetensors=data)
    told = client.get(INFO).json()
    assert "safetensors" not in told
    assert told["siblings"][-1]["rfilename"] == "model.safetensors"


def test_an_index_that_names_a_missing_file_tells_nothing(client, publish):
    publish(**{"model.safetensors.index_json": {"weight_map": {"a": "../x.safetensors"}}})
    assert "safetensors" not in client.get(INFO).json()


def test_gguf_tells_architecture_and_context(client, publish):
    metadata = [("general.architecture", string("llama")), ("llama.context_length", number(8192))]
    publish(m_gguf=gguf(metadata, [("a", (4, 8), 0), ("b", (2,), 12)]))
    assert client.get(f"{INFO}?expand=gguf").json()["gguf"] == {
        "total": 34,
        "architecture": "llama",
        "context_length": 8192,
    }


def test_lists_find_by_the_number_of_parameters(client, publish):
    repo = publish(model_safetensors=safetensors(a=("F32", [1000, 1000])))
    found = client.get("/api/models?num_parameters=min:1M,max:2M&expand=safetensors").json()
    assert [each["safetensors"]["total"] for each in found] == [10**6]
    commits.commit(repo, card.DEFAULT_BRANCH, [Delete("model.safetensors")], user=repo.creator, message="Remove")
    assert client.get("/api/models?num_parameters=min:1M").json() == []


def test_what_tokenizers_call_their_tokens_is_told_but_not_their_template(client, publish):
    repo = publish(
        config_json={"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
        tokenizer_config_json={"eos_token": "</s>", "chat_template": "{{ secret }}"},
        model_safetensors=safetensors(a=("F32", [1])),
    )
    told = client.get(INFO).json()
    assert told["config"]["tokenizer_config"] == {"eos_token": "</s>"}
    assert {"llama", "text-generation", "conversational"} <= set(told["tags"])
    assert repo.kind == "model"
