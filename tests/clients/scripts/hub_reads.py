"""Reading: one cache over revisions, folders, trees with their last commits, infos, headers of weights."""

import hashlib
import tempfile
from pathlib import Path
from typing import get_args

from day import api, carols, content, folder, name, new_repo, nobodys, refused, weights
from huggingface_hub import HfApi, get_hf_file_metadata, hf_api, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

CONFIG = b'{"model_type": "bert", "architectures": ["BertModel"]}'
FILES = {
    "README.md": b"---\nlicense: mit\n---\n# Card\n",
    "config.json": CONFIG,
    "model.safetensors": weights(300_000),
    "onnx/deep/model.onnx": weights(2000, seed=3),
    "onnx/notes.txt": b"notes",
}


def check_one_cache_over_revisions_gets_each_ones_bytes() -> None:
    repo_id = new_repo(files=FILES)
    old = api.model_info(repo_id).sha
    api.create_branch(repo_id, branch="exp/one")
    for branch, seed in (("main", 5), ("exp/one", 6)):
        for path, sent in (("model.safetensors", weights(seed=seed)), ("config.json", b'{"n": %d}' % seed)):
            api.upload_file(path_or_fileobj=sent, path_in_repo=path, repo_id=repo_id, revision=branch)
    cache = tempfile.mkdtemp()
    for _ in "again":
        got = {
            revision: Path(api.hf_hub_download(repo_id, path, revision=revision, cache_dir=cache)).read_bytes()
            for path in ("model.safetensors",)
            for revision in ("main", old, "exp/one")
        }
        assert got == {"main": weights(seed=5), old: FILES["model.safetensors"], "exp/one": weights(seed=6)}
    small = {
        revision: Path(api.hf_hub_download(repo_id, "config.json", revision=revision, cache_dir=cache)).read_bytes()
        for revision in ("exp/one", old, "main")
    }
    assert small == {"main": b'{"n": 5}', old: CONFIG, "exp/one": b'{"n": 6}'}


def check_a_commit_is_found_by_its_short_name() -> None:
    repo_id = new_repo(files={"a.txt": b"old"})
    old = api.model_info(repo_id).sha
    api.upload_file(path_or_fileobj=b"new", path_in_repo="a.txt", repo_id=repo_id)
    assert api.model_info(repo_id, revision=old[:7]).sha == old
    assert content(repo_id, "a.txt", revision=old[:7]) == b"old"
    folder = api.snapshot_download(repo_id, revision=old[:7], cache_dir=tempfile.mkdtemp())
    assert (Path(folder) / "a.txt").read_bytes() == b"old"


def check_a_snapshot_is_the_folder() -> None:
    repo_id = new_repo(files=FILES)
    whole = Path(api.snapshot_download(repo_id, cache_dir=tempfile.mkdtemp()))
    assert {path: (whole / path).read_bytes() for path in FILES} == FILES
    local = Path(tempfile.mkdtemp())
    api.snapshot_download(repo_id, local_dir=local, allow_patterns="onnx/*", ignore_patterns="*.txt")
    assert [path.name for path in local.rglob("*.*") if ".cache" not in path.parts] == ["model.onnx"]
    api.upload_file(path_or_fileobj=b"new", path_in_repo="onnx/notes.txt", repo_id=repo_id)
    api.snapshot_download(repo_id, local_dir=local)
    assert (local / "onnx/notes.txt").read_bytes() == b"new"


def check_what_is_not_there_is_said() -> None:
    repo_id = new_repo(files=FILES)
    with refused(404, error=EntryNotFoundError):
        content(repo_id, "none.txt")
    with refused(404, error=RevisionNotFoundError):
        content(repo_id, "config.json", revision="none")
    with refused(404, error=RepositoryNotFoundError):
        content(name("none"), "config.json")
    with refused(404, error=RevisionNotFoundError):
        api.model_info(repo_id, revision="none")
    with refused(404, error=EntryNotFoundError):
        list(api.list_repo_tree(repo_id, "none"))
    with refused(404, error=RepositoryNotFoundError):
        api.snapshot_download(name("none"), cache_dir=tempfile.mkdtemp())


def check_a_gated_snapshot_is_refused_by_name() -> None:
    repo_id = new_repo(files=FILES, gated="manual")
    with refused(403, "not in the authorized list", error=GatedRepoError):
        carols.snapshot_download(repo_id, cache_dir=tempfile.mkdtemp())
    with refused(401, "Please log in", error=GatedRepoError):
        nobodys.snapshot_download(repo_id, cache_dir=tempfile.mkdtemp())
    assert set(carols.list_repo_files(repo_id)) == {".gitattributes", *FILES}
    assert carols.file_exists(repo_id, "README.md")
    large = next(found for found in carols.model_info(repo_id, files_metadata=True).siblings if found.lfs)
    assert large.lfs.sha256 == "*" * 64


def check_etags_are_those_of_the_content() -> None:
    repo_id = new_repo(files=FILES)
    sha = api.model_info(repo_id).sha
    small = get_hf_file_metadata(hf_hub_url(repo_id, "config.json"), token=api.token)
    assert small.etag == hashlib.sha1(b"blob %d\0" % len(CONFIG) + CONFIG).hexdigest()
    assert (small.commit_hash, small.size) == (sha, len(CONFIG))
    large = get_hf_file_metadata(hf_hub_url(repo_id, "model.safetensors"), token=api.token)
    assert large.etag == hashlib.sha256(FILES["model.safetensors"]).hexdigest()
    assert (large.commit_hash, large.size) == (sha, len(FILES["model.safetensors"]))


def check_trees_tell_files_folders_and_last_commits() -> None:
    repo_id = new_repo(files=FILES)
    first = api.model_info(repo_id).sha
    second = api.upload_file(path_or_fileobj=b"more", path_in_repo="onnx/notes.txt", repo_id=repo_id).oid
    flat = {entry.path: entry for entry in api.list_repo_tree(repo_id)}
    assert set(flat) == {".gitattributes", "README.md", "config.json", "model.safetensors", "onnx"}
    deep = {entry.path: entry for entry in api.list_repo_tree(repo_id, recursive=True, expand=True)}
    assert set(deep) == {".gitattributes", "onnx", "onnx/deep", *FILES}
    assert deep["model.safetensors"].lfs.sha256 == hashlib.sha256(FILES["model.safetensors"]).hexdigest()
    assert (deep["config.json"].size, deep["config.json"].lfs) == (len(CONFIG), None)
    assert deep["config.json"].last_commit.oid == first
    assert deep["onnx/notes.txt"].last_commit.oid == deep["onnx"].last_commit.oid == second
    assert deep["onnx"].last_commit.date.year > 2000
    (below,) = api.list_repo_tree(repo_id, "onnx/deep")
    assert below.path == "onnx/deep/model.onnx"


def check_paths_are_told_and_missing_ones_left_out() -> None:
    repo_id = new_repo(files=FILES)
    asked = ["config.json", "onnx", "none.txt", "onnx/deep/model.onnx"]
    told = {entry.path: entry for entry in api.get_paths_info(repo_id, asked, expand=True)}
    assert set(told) == {"config.json", "onnx", "onnx/deep/model.onnx"}
    assert told["onnx/deep/model.onnx"].lfs.size == len(FILES["onnx/deep/model.onnx"])
    assert told["config.json"].last_commit.title == "Upload folder using huggingface_hub"
    assert api.get_paths_info(repo_id, "none.txt") == []


def check_the_info_tells_what_the_files_say() -> None:
    repo_id = new_repo(files=FILES)
    info = api.model_info(repo_id, files_metadata=True)
    assert {sibling.rfilename: sibling.size for sibling in info.siblings if sibling.rfilename in FILES} == {
        path: len(sent) for path, sent in FILES.items()
    }
    assert info.config["model_type"] == "bert"
    assert info.card_data.license == "mit"
    assert {"license:mit", "safetensors"} <= set(info.tags)
    old = api.model_info(repo_id, revision=api.list_repo_commits(repo_id)[-1].commit_id)
    assert [sibling.rfilename for sibling in old.siblings] == [".gitattributes"]


def check_every_property_can_be_asked_for() -> None:
    repo_id = new_repo(files=FILES)
    for one in get_args(hf_api.ExpandModelProperty_T):
        assert api.model_info(repo_id, expand=[one]).id == repo_id, one
    info = api.model_info(repo_id, expand=["downloads", "usedStorage", "safetensors"])
    assert (info.downloads, info.author) == (0, None)
    api.create_repo(repo_id, repo_type="dataset")
    for one in get_args(hf_api.ExpandDatasetProperty_T):
        assert api.dataset_info(repo_id, expand=[one]).id == repo_id, one
    api.create_repo(repo_id, repo_type="space", space_sdk="gradio")
    for one in get_args(hf_api.ExpandSpaceProperty_T):
        assert api.space_info(repo_id, expand=[one]).id == repo_id, one


def check_headers_of_weights_are_read_by_range() -> None:
    repo_id = new_repo(files=FILES)
    told = api.get_safetensors_metadata(repo_id)
    assert told.parameter_count == {"U8": 300_000}
    assert told.files_metadata["model.safetensors"].tensors["w"].shape == [300_000]
    api.update_repo_settings(repo_id, gated="manual")
    with refused(403, error=GatedRepoError):
        carols.get_safetensors_metadata(repo_id)


def check_sharded_weights_are_read_too() -> None:
    index = b'{"metadata": {"total_size": 30}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}'
    repo_id = new_repo(
        files={
            "model.safetensors.index.json": index,
            "m-1.safetensors": weights(10, name="a"),
            "m-2.safetensors": weights(20, name="b"),
        }
    )
    assert api.get_safetensors_metadata(repo_id).parameter_count == {"U8": 30}
    if hasattr(HfApi, "get_sharded_safetensors_metadata"):
        assert api.get_sharded_safetensors_metadata(repo_id).parameter_count == {"U8": 30}
        api.update_repo_settings(repo_id, gated="manual")
        with refused(403, error=GatedRepoError):
            carols.get_sharded_safetensors_metadata(repo_id)


def check_checksums_agree_with_the_hub() -> None:
    if not hasattr(HfApi, "verify_repo_checksums"):
        return
    repo_id = new_repo(files=FILES)
    cache = tempfile.mkdtemp()
    api.snapshot_download(repo_id, cache_dir=cache)
    told = api.verify_repo_checksums(repo_id, cache_dir=cache)
    assert (told.mismatches, told.missing_paths, told.checked_count) == ([], [], len(FILES) + 1)


def check_offline_use_of_what_was_downloaded() -> None:
    repo_id, cache = new_repo(files=FILES), tempfile.mkdtemp()
    api.hf_hub_download(repo_id, "config.json", cache_dir=cache)
    path = api.hf_hub_download(repo_id, "config.json", cache_dir=cache, local_files_only=True)
    assert Path(path).read_bytes() == CONFIG


def check_a_folder_into_a_folder() -> None:
    repo_id = new_repo(repo_type="dataset", files={"data/train/a.csv": b"x\n1\n", "data/b.csv": b"x\n2\n"})
    local = folder({})
    path = api.hf_hub_download(repo_id, "a.csv", subfolder="data/train", repo_type="dataset", local_dir=local)
    assert Path(path) == local / "data/train/a.csv"
