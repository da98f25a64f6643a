"""HfFileSystem: a hub as a file system."""

from pathlib import Path

from day import CAROL, api, content, name, new_repo, refused, weights
from huggingface_hub import HfFileSystem

files = HfFileSystem(token=api.token)
carols = HfFileSystem(token=CAROL["token"])
TREE = {
    "a.txt": b"line 1\nline 2\n",
    "data/b.csv": b"x,y\n1,2\n",
    "data/deep/c.csv": b"x\n3\n",
    "w.bin": weights(200_000),
}


def check_ls_glob_find_walk_and_info() -> None:
    repo_id = new_repo(files=TREE)
    assert sorted(files.ls(repo_id, detail=False)) == [
        f"{repo_id}/{path}" for path in (".gitattributes", "a.txt", "data", "w.bin")
    ]
    assert files.glob(f"{repo_id}/**/*.csv") == [f"{repo_id}/data/b.csv", f"{repo_id}/data/deep/c.csv"]
    assert files.glob(f"{repo_id}/*.txt") == [f"{repo_id}/a.txt"]
    assert f"{repo_id}/data/deep/c.csv" in files.find(repo_id)
    assert [(root, sorted(names)) for root, _, names in files.walk(f"{repo_id}/data")] == [
        (f"{repo_id}/data", ["b.csv"]),
        (f"{repo_id}/data/deep", ["c.csv"]),
    ]
    info = files.info(f"{repo_id}/w.bin")
    assert (info["type"], info["size"]) == ("file", len(TREE["w.bin"]))
    assert files.isdir(f"{repo_id}/data")
    assert not files.exists(f"{repo_id}/none")
    assert not files.exists(name("none"))
    assert files.du(f"{repo_id}/data") == len(TREE["data/b.csv"]) + len(TREE["data/deep/c.csv"])


def check_reads_by_range_and_by_revision() -> None:
    repo_id = new_repo(files=TREE)
    api.create_branch(repo_id, branch="exp/one")
    api.upload_file(path_or_fileobj=b"changed", path_in_repo="a.txt", repo_id=repo_id)
    with files.open(f"{repo_id}/w.bin", "rb", block_size=4096) as file:
        file.seek(150_000)
        assert file.read(100) == TREE["w.bin"][150_000:150_100]
        file.seek(-7, 2)
        assert file.read() == TREE["w.bin"][-7:]
    with files.open(f"{repo_id}/w.bin", "rb", block_size=0) as file:
        assert file.read() == TREE["w.bin"]
    assert files.cat_file(f"{repo_id}/w.bin", start=10, end=20) == TREE["w.bin"][10:20]
    assert files.read_text(f"{repo_id}/a.txt") == "changed"
    assert files.read_text(f"{repo_id}@exp%2Fone/a.txt") == "line 1\nline 2\n"
    with files.open(f"{repo_id}/a.txt", "r", revision="exp/one") as file:
        assert file.readlines() == ["line 1\n", "line 2\n"]


def check_writes_copies_moves_and_removes() -> None:
    repo_id = new_repo(files=TREE)
    with files.open(f"{repo_id}/new.txt", "w") as file:
        file.write("written")
    assert content(repo_id, "new.txt") == b"written"
    files.cp_file(f"{repo_id}/w.bin", f"{repo_id}/w2.bin")
    assert content(repo_id, "w2.bin") == TREE["w.bin"]
    files.mv(f"{repo_id}/a.txt", f"{repo_id}/moved/a.txt")
    assert content(repo_id, "moved/a.txt") == TREE["a.txt"]
    files.rm(f"{repo_id}/data", recursive=True)
    files.rm(f"{repo_id}/new.txt")
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", "moved/a.txt", "w.bin", "w2.bin"}


def check_datasets_and_whole_files() -> None:
    repo_id = new_repo(repo_type="dataset", files=TREE)
    assert files.ls(f"datasets/{repo_id}/data", detail=False) == [
        f"datasets/{repo_id}/data/b.csv",
        f"datasets/{repo_id}/data/deep",
    ]
    assert files.cat(f"datasets/{repo_id}/a.txt") == TREE["a.txt"]
    here = Path("w.bin").absolute()
    files.get_file(f"datasets/{repo_id}/w.bin", here)
    assert here.read_bytes() == TREE["w.bin"]
    files.put_file(here, f"datasets/{repo_id}/put.bin")
    assert content(repo_id, "put.bin", repo_type="dataset") == TREE["w.bin"]


def check_the_gate_stands_before_the_files() -> None:
    repo_id = new_repo(files=TREE, gated="manual")
    assert f"{repo_id}/w.bin" in carols.ls(repo_id, detail=False)
    with refused(None, error=Exception):  # each version of the client has its own
        carols.cat(f"{repo_id}/w.bin")
    api.grant_access(repo_id, CAROL["name"])
    assert HfFileSystem(token=CAROL["token"], skip_instance_cache=True).cat(f"{repo_id}/w.bin") == TREE["w.bin"]
