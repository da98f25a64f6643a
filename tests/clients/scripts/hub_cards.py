"""Model and dataset cards: loaded, checked, pushed, and what the hub makes of them."""

import inspect
import tempfile
from pathlib import Path

from day import api, name, new_repo, refused
from huggingface_hub import (
    DatasetCard,
    EvalResult,
    ModelCard,
    ModelCardData,
    RepoCard,
    metadata_load,
    metadata_update,
)

TEXT = """---
license: apache-2.0
language:
- en
tags:
- first
- second
extra_gated_prompt: Please behave.
extra_gated_fields:
  Company: text
  Country: country
---
# A model
"""
# Before 2.0, the client has cards checked at huggingface.co, whatever HF_ENDPOINT says: upload README.md as a file there.
ASKS_THE_HUB = "https://huggingface.co" not in inspect.getsource(RepoCard.validate)


def push(card: RepoCard, repo_id: str, repo_type: str) -> None:
    """Push a card as this version of the client can."""
    if ASKS_THE_HUB:
        card.validate(repo_type=repo_type)
        card.push_to_hub(repo_id, token=api.token)
    else:
        api.upload_file(
            path_or_fileobj=str(card).encode(), path_in_repo="README.md", repo_id=repo_id, repo_type=repo_type
        )


def check_a_card_is_pushed_and_loaded() -> None:
    repo_id = new_repo()
    push(ModelCard(TEXT), repo_id, "model")
    loaded = RepoCard.load(repo_id, token=api.token)
    assert str(loaded) == TEXT
    assert loaded.data.to_dict()["extra_gated_fields"] == {"Company": "text", "Country": "country"}
    info = api.model_info(repo_id)
    assert {"first", "second", "en", "license:apache-2.0"} <= set(info.tags)
    assert info.card_data.extra_gated_prompt == "Please behave."


def check_a_bad_card_is_refused_with_its_reason() -> None:
    repo_id = new_repo()
    if ASKS_THE_HUB:
        with refused(None, '- Error: "license" must be one of', error=ValueError):
            RepoCard("---\nlicense: my own\n---\n").validate(repo_type="model")
    with refused(None, "Invalid metadata in README.md", "a bracket or brace is not closed", error=ValueError):
        upload(repo_id, "---\nlicense: mit\nextra_gated_fields: [no\n---\n")
    assert not api.file_exists(repo_id, "README.md")


def upload(repo_id: str, text: str) -> None:
    api.upload_file(path_or_fileobj=text.encode(), path_in_repo="README.md", repo_id=repo_id)


def check_metadata_is_changed_in_place() -> None:
    repo_id = new_repo()
    upload(repo_id, TEXT)
    if ASKS_THE_HUB:
        changes = {"pipeline_tag": "fill-mask", "tags": ["third"]}
        metadata_update(repo_id, changes, overwrite=True, token=api.token)
    else:
        card = ModelCard.load(repo_id, token=api.token)
        card.data.pipeline_tag, card.data.tags = "fill-mask", ["third"]
        push(card, repo_id, "model")
    info = api.model_info(repo_id)
    assert info.pipeline_tag == "fill-mask"
    assert "third" in info.tags
    local = Path(tempfile.mkdtemp()) / "README.md"
    local.write_bytes(Path(api.hf_hub_download(repo_id, "README.md", cache_dir=tempfile.mkdtemp())).read_bytes())
    assert metadata_load(local)["extra_gated_prompt"] == "Please behave."


def check_results_of_an_evaluation_are_shown() -> None:
    repo_id = new_repo("results")
    result = EvalResult("text-classification", "glue", "GLUE", "accuracy", 0.9)
    data = ModelCardData(license="mit", model_name="Tiny", eval_results=[result], library_name="transformers")
    push(ModelCard(f"---\n{data.to_yaml()}\n---\n# Tiny\n"), repo_id, "model")
    info = api.model_info(repo_id)
    assert info.model_index[0]["name"] == "Tiny"
    assert info.card_data.eval_results[0].metric_value == 0.9
    assert info.library_name == "transformers"


def check_a_dataset_has_a_card_too() -> None:
    repo_id = name("cards")
    api.create_repo(repo_id, repo_type="dataset")
    push(DatasetCard("---\nlicense: cc0-1.0\npretty_name: Words\n---\n# Words\n"), repo_id, "dataset")
    assert DatasetCard.load(repo_id, token=api.token).data.pretty_name == "Words"
    assert api.dataset_info(repo_id).card_data.license == "cc0-1.0"
