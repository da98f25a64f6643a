"""Tiny models: real weights files with random numbers in them, and the configurations that go with them."""

import json
import random
import struct
from collections.abc import Mapping, Sequence
from math import prod

HIDDEN, INNER, LAYERS, HEADS = 32, 64, 2, 2
LONGEST_TEXT = 64
PICTURE, PATCH = 32, 8
BANDS, KEYWORD_HIDDEN = 40, 128
SPREAD = 0.05

Shapes = dict[str, tuple[int, ...]]


def safetensors(shapes: Mapping[str, tuple[int, ...]], seed: str) -> bytes:
    """Give a safetensors file: the length of the header, the header as JSON, then all numbers as 32-bit floats."""
    numbers = random.Random(seed)  # noqa: S311 - weights are no secret
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    chunks, end = [], 0
    for name, shape in shapes.items():
        count = prod(shape)
        chunks.append(struct.pack(f"<{count}f", *_values(name, count, numbers)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + 4 * count]}
        end += 4 * count
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(chunks)


def _values(name: str, count: int, numbers: random.Random) -> list[float]:
    if name.endswith("bias"):
        return [0.0] * count
    if "norm" in name.lower():
        return [1.0] * count
    return [numbers.gauss(0, SPREAD) for _ in range(count)]


def bert(labels: Sequence[str], vocabulary: int, seed: str) -> dict[str, bytes]:
    """Give the files of a text classifier that `transformers` loads as BertForSequenceClassification."""
    shapes: Shapes = {
        "bert.embeddings.word_embeddings.weight": (vocabulary, HIDDEN),
        "bert.embeddings.position_embeddings.weight": (LONGEST_TEXT, HIDDEN),
        "bert.embeddings.token_type_embeddings.weight": (2, HIDDEN),
        **_norm("bert.embeddings.LayerNorm"),
    }
    for number in range(LAYERS):
        layer = f"bert.encoder.layer.{number}"
        for part in ("query", "key", "value"):
            shapes |= _dense(f"{layer}.attention.self.{part}", HIDDEN, HIDDEN)
        shapes |= _dense(f"{layer}.attention.output.dense", HIDDEN, HIDDEN)
        shapes |= _norm(f"{layer}.attention.output.LayerNorm")
        shapes |= _dense(f"{layer}.intermediate.dense", HIDDEN, INNER)
        shapes |= _dense(f"{layer}.output.dense", INNER, HIDDEN)
        shapes |= _norm(f"{layer}.output.LayerNorm")
    shapes |= _dense("bert.pooler.dense", HIDDEN, HIDDEN)
    shapes |= _dense("classifier", HIDDEN, len(labels))
    config = {
        **_transformer("bert", "BertForSequenceClassification", labels),
        "vocab_size": vocabulary,
        "max_position_embeddings": LONGEST_TEXT,
        "type_vocab_size": 2,
        "pad_token_id": 0,
    }
    return {"config.json": json_file(config), "model.safetensors": safetensors(shapes, seed)}


def vit(labels: Sequence[str], seed: str) -> dict[str, bytes]:
    """Give the files of a picture classifier that `transformers` loads as ViTForImageClassification."""
    shapes: Shapes = {
        "vit.embeddings.cls_token": (1, 1, HIDDEN),
        "vit.embeddings.position_embeddings": (1, (PICTURE // PATCH) ** 2 + 1, HIDDEN),
        "vit.embeddings.patch_embeddings.projection.weight": (HIDDEN, 3, PATCH, PATCH),
        "vit.embeddings.patch_embeddings.projection.bias": (HIDDEN,),
    }
    for number in range(LAYERS):
        layer = f"vit.encoder.layer.{number}"
        for part in ("attention.query", "attention.key", "attention.value", "output.dense"):
            shapes |= _dense(f"{layer}.attention.{part}", HIDDEN, HIDDEN)
        shapes |= _dense(f"{layer}.intermediate.dense", HIDDEN, INNER)
        shapes |= _dense(f"{layer}.output.dense", INNER, HIDDEN)
        shapes |= _norm(f"{layer}.layernorm_before") | _norm(f"{layer}.layernorm_after")
    shapes |= _norm("vit.layernorm") | _dense("classifier", HIDDEN, len(labels))
    config = {
        **_transformer("vit", "ViTForImageClassification", labels),
        "image_size": PICTURE,
        "patch_size": PATCH,
        "num_channels": 3,
    }
    preprocessor = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": PICTURE, "width": PICTURE},
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    return {
        "config.json": json_file(config),
        "preprocessor_config.json": json_file(preprocessor),
        "model.safetensors": safetensors(shapes, seed),
    }


def keyword_spotter(labels: Sequence[str], seed: str) -> dict[str, bytes]:
    shapes = _dense("hidden", BANDS, KEYWORD_HIDDEN) | _dense("out", KEYWORD_HIDDEN, len(labels))
    config = {"bands": BANDS, "sample_rate": 8000, "hidden_size": KEYWORD_HIDDEN, "labels": list(labels)}
    return {"spotter.json": json_file(config), "model.safetensors": safetensors(shapes, seed)}


def _transformer(kind: str, architecture: str, labels: Sequence[str]) -> dict[str, object]:
    return {
        "architectures": [architecture],
        "model_type": kind,
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "hidden_act": "gelu",
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "label2id": {label: number for number, label in enumerate(labels)},
    }


def _dense(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str) -> Shapes:
    return {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}


def json_file(data: object) -> bytes:
    return (json.dumps(data, indent=2) + "\n").encode()
