"""What a card and the file names beside it tell: tags as the Hub writes them, and what is wrong with the metadata."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from gatehouse.repos import tasks
from gatehouse.repos.libraries import detect_formats, detect_library
from gatehouse.repos.licenses import LICENSES

NOTHING: Mapping[str, Any] = {}
MAX_TAG = 200
MAX_TAGS = 1_000
MAX_GATE_FIELDS = 100
MAX_FINDINGS = 20
EMPTY = "empty or missing yaml metadata in repo card"

_ARXIV = re.compile(r"arxiv(?:\.org/(?:abs|pdf|html)/|[ :]+)([0-9]{4}\.[0-9]{4,5})(?![0-9])", re.IGNORECASE)
_REPO_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*|code|multilingual|other", re.ASCII)
_TASK = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_RELATIONS = ("finetune", "adapter", "quantized", "merge")
_DATASET_KEYS = ("task_categories", "task_ids", "size_categories", "language", "license", "annotations_creators",
                 "language_creators", "multilinguality", "source_datasets")  # fmt: skip
_GATE_TEXT_KEYS = tuple(f"extra_gated_{part}" for part in ("heading", "description", "prompt", "button_content"))
_TEXT_KEYS = (
    *("pipeline_tag", "library_name", "pretty_name", "license_name", "license_link", "base_model_relation"),
    *_GATE_TEXT_KEYS,
)
_LIST_KEYS = ("tags", "language", "datasets", "metrics", "base_model", *_DATASET_KEYS[:3])


@dataclass(frozen=True)
class CardSummary:
    """The card in the Hub's words; `tags` are what lists are filtered by."""

    tags: list[str] = field(default_factory=list)
    pipeline_tag: str | None = None
    library_name: str | None = None
    license: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    languages: list[str] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)
    base_models: list[str] = field(default_factory=list)
    base_model_relation: str | None = None
    pretty_name: str | None = None
    arxiv: list[str] = field(default_factory=list)


def summarize(
    data: Mapping[str, Any],
    file_names: Iterable[str],
    kind: str,
    *,
    body: str = "",
    config: Mapping[str, Any] = NOTHING,
    has_chat_template: bool = False,
) -> CardSummary:
    """Sum up a card, a model's configuration and the names of the files. Values of wrong types are passed over."""
    names = frozenset(file_names)
    base_models = texts(data.get("base_model"))
    library = _text(data.get("library_name")) or (detect_library(names) if kind == "model" else None)
    guess = tasks.guess(config, library) if kind == "model" else None
    summary = CardSummary(
        pipeline_tag=_text(data.get("pipeline_tag")) or guess,
        library_name=library,
        license=next(iter(texts(data.get("license"))), None),
        license_name=_text(data.get("license_name")),
        license_link=_text(data.get("license_link")),
        languages=texts(data.get("language") or data.get("languages")),
        datasets=texts(data.get("datasets")),
        base_models=base_models,
        base_model_relation=_relation(data, names, base_models),
        pretty_name=_text(data.get("pretty_name")),
        arxiv=list(dict.fromkeys(_ARXIV.findall(body)))[:MAX_TAGS],
    )
    if kind == "model":
        tags = _model_tags(data, names, summary, config, has_chat_template=has_chat_template)
    else:
        tags = _other_tags(data, kind, summary)
    kept = (tag for tag in dict.fromkeys(tags) if len(tag) <= MAX_TAG)
    summary.tags.extend([*kept][:MAX_TAGS])
    return summary


def texts(value: Any) -> list[str]:
    """Give the words of a value that should be a word or a list of words; anything else in it is passed over."""
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(filter(None, map(_text, items))))


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value).split()) or None


def _model_tags(
    data: Mapping[str, Any],
    names: frozenset[str],
    summary: CardSummary,
    config: Mapping[str, Any],
    *,
    has_chat_template: bool,
) -> Iterator[str]:
    yield from filter(None, [summary.library_name])
    yield from detect_formats(names)
    yield from filter(None, [_text(config.get("model_type")), summary.pipeline_tag])
    yield from texts(data.get("tags"))
    if has_chat_template and summary.pipeline_tag in tasks.CHATTING:
        yield "conversational"
    yield from _code_tags(config)
    yield from summary.languages
    yield from (f"dataset:{name}" for name in summary.datasets)
    yield from (f"arxiv:{number}" for number in summary.arxiv)
    for name in summary.base_models:
        yield f"base_model:{name}"
        yield f"base_model:{summary.base_model_relation}:{name}"
    if summary.license:
        yield f"license:{summary.license}"
    if isinstance(data.get("model-index"), list):
        yield "model-index"


def _code_tags(config: Mapping[str, Any]) -> Iterator[str]:
    """What stands in the way of plain loading: code of the model's own, numbers of few bits."""
    if isinstance(config.get("auto_map"), dict):
        yield "custom_code"
    packed = config.get("quantization_config")
    if isinstance(packed, dict):
        bits = (
            4 if packed.get("load_in_4bit") is True else 8 if packed.get("load_in_8bit") is True else packed.get("bits")
        )
        if isinstance(bits, int) and 0 < bits <= 8:  # noqa: PLR2004 - more bits are no quantization
            yield f"{bits}-bit"
        yield from texts(packed.get("quant_method"))


def _other_tags(data: Mapping[str, Any], kind: str, summary: CardSummary) -> Iterator[str]:
    if kind == "dataset":
        for key in _DATASET_KEYS:
            yield from (f"{key}:{word}" for word in texts(data.get(key)))
    else:
        yield from texts(data.get("sdk"))
        for key in ("models", "datasets"):
            yield from (f"{key.removesuffix('s')}:{name}" for name in texts(data.get(key)))
        yield from (f"license:{word}" for word in texts(data.get("license")))
    yield from (f"arxiv:{number}" for number in summary.arxiv)
    yield from texts(data.get("tags"))


def _relation(data: Mapping[str, Any], names: frozenset[str], base_models: list[str]) -> str | None:
    """How a model came from its base models: as written, or as the files suggest."""
    written = _text(data.get("base_model_relation"))
    if not base_models or written in _RELATIONS:
        return written if base_models else None
    if "adapter_config.json" in names:
        return "adapter"
    if any(name.lower().endswith(".gguf") for name in names):
        return "quantized"
    return "merge" if len(base_models) > 1 else "finetune"


def validate(data: Mapping[str, Any], kind: str) -> tuple[list[str], list[str]]:
    """Check metadata as `POST /api/validate-yaml` answers it (HUB-API §5, §8a): errors, then warnings."""
    if not data:
        return [], [EMPTY]
    errors = (_license_errors(data), _fields_errors(data), _index_errors(data.get("model-index")), _type_errors(data))
    warnings = (_gate_warnings(data), _word_warnings(data, kind))
    return [*islice(chain(*errors), MAX_FINDINGS)], [*islice(chain(*warnings), MAX_FINDINGS)]


def _license_errors(data: Mapping[str, Any]) -> Iterator[str]:
    value = data.get("license")
    words = value if isinstance(value, list) else [value]
    for word in words:
        if word is not None and (not isinstance(word, str) or word not in LICENSES):
            yield f'"license" must be one of [{", ".join(sorted(LICENSES))}]'
            return


def _type_errors(data: Mapping[str, Any]) -> Iterator[str]:
    for key in _TEXT_KEYS:
        if isinstance(data.get(key), dict | list):
            yield f'"{key}" must be a string'
    for key in _LIST_KEYS:
        value = data.get(key)
        if isinstance(value, dict):
            yield f'"{key}" must be a string or an array of strings'
        elif isinstance(value, list):
            yield from (
                f'"{key}[{n}]" must be a string' for n, item in enumerate(value) if isinstance(item, dict | list)
            )


def _fields_errors(data: Mapping[str, Any]) -> Iterator[str]:
    fields = data.get("extra_gated_fields")
    if fields is not None and not isinstance(fields, dict | list):
        yield '"extra_gated_fields" must be an object'
    elif fields and len(fields) > MAX_GATE_FIELDS:
        yield f'"extra_gated_fields" has {len(fields)} fields; at most {MAX_GATE_FIELDS} are asked'


def _index_errors(index: Any) -> Iterator[str]:
    if index is None:
        return
    if not isinstance(index, list):
        yield '"model-index" must be an array'
        return
    for n, model in enumerate(index):
        if not isinstance(model, dict):
            yield f'"model-index[{n}]" must be an object'
            continue
        if not isinstance(model.get("name"), str):
            yield f'"model-index[{n}].name" is required'
        if not isinstance(model.get("results", []), list):
            yield f'"model-index[{n}].results" must be an array'


def _word_warnings(data: Mapping[str, Any], kind: str) -> Iterator[str]:
    for word in texts(data.get("language")):
        if not _LANGUAGE.fullmatch(word):
            yield f'"language": {_short(word)} is not a language code such as en, pt-BR or multilingual'
    for key in ("base_model", "datasets"):
        for word in texts(data.get(key)):
            if not _REPO_ID.fullmatch(word):
                yield f'"{key}": {_short(word)} is not the name of a repo such as org/name'
    for key in ("pipeline_tag", "task_categories"):
        for word in texts(data.get(key)):
            if not _TASK.fullmatch(word):
                yield f'"{key}": {_short(word)} is not a task such as text-generation'
    if kind == "model" and data.get("base_model_relation") not in (None, *_RELATIONS):
        yield f'"base_model_relation" should be one of [{", ".join(_RELATIONS)}]'


def _gate_warnings(data: Mapping[str, Any]) -> Iterator[str]:
    if "gated" in data:
        yield '"gated" in the card has no effect: access requests are switched on in the repo\'s settings'
    yield from unknown_gate_keys(data)


def unknown_gate_keys(data: Mapping[str, Any]) -> Iterator[str]:
    """Tell of keys that look like the gate's form but change nothing, so that nobody relies on them."""
    known = (*_GATE_TEXT_KEYS, "extra_gated_fields")
    for key, value in data.items():
        named = key.lower().replace("-", "_").startswith("extra_gated")
        if named and key not in known and value not in (None, False, ""):
            yield f"{_short(key)} has no effect: the gate's form has no such key"


def _short(word: str) -> str:
    return f'"{word[:60]}"'
