"""datasets: tables loaded whole and as a stream, through the gate and not, and pushed."""

import tempfile

import pandas as pd
from datasets import (
    Dataset,
    DatasetDict,
    get_dataset_config_names,
    get_dataset_split_names,
    load_dataset,
    load_dataset_builder,
)
from datasets.exceptions import DatasetNotFoundError
from day import CAROL, api, name, new_repo, refused

TRAIN = b"word,length\ngate,4\nopen,4\n"
TEST = b"word,length\nshut,4\n"
CARD = b"---\nlicense: cc0-1.0\n---\n# Words\n"


def check_a_gated_table_is_refused_and_then_loaded() -> None:
    repo_id = new_repo("words", {"README.md": CARD, "train.csv": TRAIN, "test.csv": TEST}, repo_type="dataset")
    api.update_repo_settings(repo_id, gated="manual", repo_type="dataset")
    with refused(None, "You must be authenticated", error=DatasetNotFoundError):
        load_dataset(repo_id, token=False)
    for streaming in (False, True):
        with refused(None, "to ask for access", error=DatasetNotFoundError):
            load_dataset(repo_id, token=CAROL["token"], streaming=streaming)
    with refused(None, "doesn't exist", error=DatasetNotFoundError):
        load_dataset(name("none"), token=CAROL["token"])
    api.grant_access(repo_id, CAROL["name"], repo_type="dataset")
    loaded = load_dataset(repo_id, token=CAROL["token"])
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 2, "test": 1}
    streamed = load_dataset(repo_id, token=CAROL["token"], streaming=True, split="train")
    assert [row["word"] for row in streamed] == loaded["train"]["word"][:] == ["gate", "open"]


def check_a_table_is_pushed_as_parquet_and_comes_back() -> None:
    repo_id = name("pushed")
    rows = Dataset.from_dict({"number": list(range(1000)), "square": [number**2 for number in range(1000)]})
    DatasetDict({"train": rows, "test": rows.select(range(10))}).push_to_hub(repo_id, token=api.token, private=True)
    rows.select(range(5)).push_to_hub(repo_id, "small", token=api.token)
    assert get_dataset_config_names(repo_id, token=api.token) == ["default", "small"]
    assert get_dataset_split_names(repo_id, "default", token=api.token) == ["train", "test"]
    assert load_dataset(repo_id, token=api.token)["train"]["square"][-1] == 998001
    streamed = load_dataset(repo_id, "small", token=api.token, streaming=True)["train"]
    assert [row["square"] for row in streamed] == [0, 1, 4, 9, 16]
    info = load_dataset_builder(repo_id, token=api.token).info
    assert info.splits["train"].num_examples == 1000
    assert api.dataset_info(repo_id).card_data.configs[1]["config_name"] == "small"


def check_a_push_again_replaces_the_table() -> None:
    repo_id = name("replaced")
    for size in (10, 20):
        Dataset.from_dict({"number": list(range(size))}).push_to_hub(repo_id, token=api.token)
    loaded = load_dataset(repo_id, token=api.token, split="train", cache_dir=tempfile.mkdtemp())
    assert len(loaded) == 20


def check_single_files_revisions_and_addresses() -> None:
    repo_id = new_repo("files", {"a.csv": TRAIN}, repo_type="dataset")
    api.create_tag(repo_id, tag="v1", repo_type="dataset")
    api.upload_file(path_or_fileobj=TEST, path_in_repo="a.csv", repo_id=repo_id, repo_type="dataset")
    options = {"token": api.token, "split": "train"}
    assert len(load_dataset(repo_id, data_files="a.csv", revision="v1", **options)) == 2
    assert len(load_dataset(repo_id, data_files={"train": "a.csv"}, **options)) == 1
    found = load_dataset("csv", data_files=f"hf://datasets/{repo_id}/a.csv", split="train")
    assert found["word"][:] == ["shut"]


def check_pandas_reads_and_writes_by_address() -> None:
    repo_id = new_repo("frames", {"a.csv": TRAIN}, repo_type="dataset")
    frame = pd.read_csv(f"hf://datasets/{repo_id}/a.csv")
    frame.to_parquet(f"hf://datasets/{repo_id}/b.parquet")
    assert pd.read_parquet(f"hf://datasets/{repo_id}/b.parquet").equals(frame)
