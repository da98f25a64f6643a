"""What a card tells lists and filters, and what is wrong with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.repos.card_data import summarize, validate

pytestmark = pytest.mark.once

MODEL = {
    "license": "apache-2.0",
    "language": ["en", "no"],
    "tags": ["speech", "speech", 2024],
    "datasets": "org/sounds",
    "base_model": ["org/base"],
    "pipeline_tag": "text-generation",
    "pretty_name": "Weights",
}
FILES = ["config.json", "model.safetensors", "README.md"]


def test_it_tags_a_model_as_the_hub_does() -> None:
    summary = summarize(MODEL, FILES, "model", body="See arXiv:2401.12345 and https://arxiv.org/abs/2401.12345v2.")
    assert summary.tags == [
        "transformers", "safetensors", "text-generation", "speech", "2024", "en", "no", "dataset:org/sounds",
        "arxiv:2401.12345", "base_model:org/base", "base_model:finetune:org/base", "license:apache-2.0",
    ]  # fmt: skip


def test_it_keeps_the_single_values() -> None:
    summary = summarize(MODEL, FILES, "model")
    assert (summary.pipeline_tag, summary.library_name, summary.license) == (
        "text-generation",
        "transformers",
        "apache-2.0",
    )
    assert (summary.languages, summary.datasets, summary.base_models) == (["en", "no"], ["org/sounds"], ["org/base"])
    assert summary.pretty_name == "Weights"


def test_it_tags_a_dataset_as_the_hub_does() -> None:
    data = {
        "task_categories": ["translation"],
        "language": "de",
        "license": ["mit"],
        "size_categories": "n<1K",
        "tags": ["x"],
    }
    tags = summarize(data, [], "dataset").tags
    assert tags == ["task_categories:translation", "size_categories:n<1K", "language:de", "license:mit", "x"]


@pytest.mark.parametrize(
    ("files", "library"),
    [
        (["config.json", "pytorch_model.bin"], "transformers"),
        (["config.json"], None),
        (["config.json", "adapter_config.json"], "peft"),
        (["model_index.json", "unet/model.safetensors"], "diffusers"),
        (["asr.nemo"], "nemo"),
        (["no-ending", ".hidden"], None),
        ([], None),
    ],
)
def test_it_tells_the_library_from_the_files(files: list[str], library: str | None) -> None:
    assert summarize({}, files, "model").library_name == library


def test_it_believes_the_card_before_the_files() -> None:
    assert summarize({"library_name": "timm"}, FILES, "model").library_name == "timm"


def test_it_tags_the_formats_of_the_weights() -> None:
    files = ["a.GGUF", "onnx/model.onnx", "saved_model.pb", "runs/events.out.tfevents.1"]
    assert summarize({}, files, "model").tags == ["gguf", "onnx", "tensorboard", "tf"]


@pytest.mark.parametrize(
    ("data", "files", "relation"),
    [
        ({"base_model": "o/b"}, [], "finetune"),
        ({"base_model": ["o/b", "o/c"]}, [], "merge"),
        ({"base_model": "o/b"}, ["x.gguf"], "quantized"),
        ({"base_model": "o/b"}, ["adapter_config.json"], "adapter"),
        ({"base_model": "o/b", "base_model_relation": "merge"}, ["x.gguf"], "merge"),
        ({"base_model_relation": "merge"}, [], None),
    ],
)
def test_it_tells_how_a_model_came_from_another(data: dict[str, Any], files: list[str], relation: str | None) -> None:
    assert summarize(data, files, "model").base_model_relation == relation


def test_it_passes_over_values_of_the_wrong_type() -> None:
    wrong = {"tags": {"a": 1}, "license": [["x"]], "language": True, "datasets": [None, {}, "o/d"], "pipeline_tag": []}
    summary = summarize(wrong, [], "model")
    assert (summary.tags, summary.license, summary.pipeline_tag) == (["dataset:o/d"], None, None)


def test_it_keeps_no_endless_tags() -> None:
    assert summarize({"tags": ["x" * 201, "y"]}, [], "model").tags == ["y"]
    assert len(summarize({"tags": [f"t{n}" for n in range(5000)]}, [], "model").tags) == 1000


def test_it_warns_of_a_card_without_metadata() -> None:
    assert validate({}, "model") == ([], ["empty or missing yaml metadata in repo card"])


def test_it_accepts_a_sound_card() -> None:
    assert validate(MODEL | {"tags": ["speech"]}, "model") == ([], [])


@pytest.mark.parametrize("value", ["my-own", ["mit", "my-own"], 3, {"a": 1}, [[]], True])
def test_it_refuses_an_unknown_license(value: object) -> None:
    errors, _ = validate({"license": value}, "model")
    assert len(errors) == 1
    assert errors[0].startswith('"license" must be one of [afl-3.0, ')


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"tags": {"a": 1}}, '"tags" must be a string or an array of strings'),
        ({"language": ["en", {"a": 1}]}, '"language[1]" must be a string'),
        ({"pipeline_tag": ["a"]}, '"pipeline_tag" must be a string'),
        ({"extra_gated_prompt": ["a"]}, '"extra_gated_prompt" must be a string'),
        ({"model-index": {}}, '"model-index" must be an array'),
        ({"model-index": [1]}, '"model-index[0]" must be an object'),
        ({"model-index": [{"results": 3}]}, '"model-index[0].name" is required'),
        ({"model-index": [{"name": "a", "results": 3}]}, '"model-index[0].results" must be an array'),
        ({"extra_gated_fields": "Name"}, '"extra_gated_fields" must be an object'),
        (
            {"extra_gated_fields": {f"f{n}": "text" for n in range(101)}},
            '"extra_gated_fields" has 101 fields; at most 100 are asked',
        ),
    ],
)
def test_it_refuses_wrong_types(data: dict[str, Any], error: str) -> None:
    assert error in validate(data, "model")[0]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"language": "English"}, "English"),
        ({"base_model": "/home/me/model"}, "/home/me/model"),
        ({"datasets": ["a b"]}, "a b"),
        ({"pipeline_tag": "Text Generation"}, "Text Generation"),
        ({"base_model_relation": "copy"}, "finetune"),
        ({"base_model_relation": ["copy"]}, "finetune"),
        ({"gated": True}, "settings"),
        ({"extra_gated_eu_disallowed": True}, "has no effect"),
    ],
)
def test_it_only_warns_of_odd_words(data: dict[str, Any], word: str) -> None:
    _, warnings = validate(data, "model")
    assert any(word in warning for warning in warnings)


def test_it_does_not_answer_at_length() -> None:
    errors, warnings = validate({"tags": [[]] * 5000, "language": [f"X{n}" for n in range(5000)]}, "model")
    assert (len(errors), len(warnings)) == (20, 20)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
KEYS = [
    "tags",
    "license",
    "language",
    "datasets",
    "base_model",
    "model-index",
    "pipeline_tag",
    "base_model_relation",
    "sdk",
]


@given(
    st.dictionaries(st.sampled_from(KEYS), values),
    st.lists(st.text()),
    st.sampled_from(["model", "dataset", "space"]),
    st.text(),
)
def test_it_never_raises(data: dict[str, Any], files: list[str], kind: str, body: str) -> None:
    assert all(isinstance(tag, str) and tag for tag in summarize(data, files, kind, body=body).tags)
    assert all(isinstance(line, str) for lines in validate(data, kind) for line in lines)


@pytest.mark.parametrize(
    ("config", "task"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "text-generation"),
        ({"architectures": ["BertForMaskedLM"]}, "fill-mask"),
        ({"architectures": ["BertModel"]}, "feature-extraction"),
        ({"architectures": ["MarianMTModel"]}, "translation"),
        ({"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}, "text2text-generation"),
        (
            {"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper"},
            "automatic-speech-recognition",
        ),
        ({"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava"}, "image-text-to-text"),
        ({"architectures": [7]}, None),
        ({"architectures": "Bert"}, None),
        ({}, None),
    ],
)
def test_the_task_is_told_from_the_configuration(config, task) -> None:
    assert summarize({}, FILES, "model", config=config).pipeline_tag == task
    assert summarize({"pipeline_tag": "other-task"}, FILES, "model", config=config).pipeline_tag == "other-task"
    assert summarize({"library_name": "mine"}, FILES, "model", config=config).pipeline_tag is None


def test_the_configuration_makes_tags() -> None:
    config = {
        "architectures": ["QwenForCausalLM"],
        "model_type": "qwen2",
        "auto_map": {"AutoModel": "modeling.Own"},
        "quantization_config": {"bits": 4, "quant_method": "gptq"},
    }
    tags = summarize({"license": "mit"}, FILES, "model", config=config, has_chat_template=True).tags
    assert tags == ["transformers", "safetensors", "qwen2", "text-generation", "conversational", "custom_code", "4-bit",
                    "gptq", "license:mit"]  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"model_type": {}}, {"quantization_config": {"bits": "x", "quant_method": [{}]}}, {"auto_map": 3}]
)
def test_an_odd_configuration_makes_no_tags(wrong) -> None:
    assert summarize({}, FILES, "model", config=wrong).tags == ["transformers", "safetensors"]
