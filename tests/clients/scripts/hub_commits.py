"""Sending files: whole folders, single files, copies, deletions, schedules; and what a commit refuses."""

import inspect
import io
import time

from day import CAROL, api, carols, content, folder, heads, name, new_repo, refused, weights
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, CommitScheduler, HfApi
from huggingface_hub.errors import HfHubHTTPError

CONFIG = b'{"hidden_size": 16}'


def check_one_commit_adds_copies_and_deletes() -> None:
    repo_id = new_repo(
        files={"old.json": CONFIG, "gone/a.txt": b"a", "gone/b.txt": b"b", "model.safetensors": weights()}
    )
    info = api.create_commit(
        repo_id,
        [
            CommitOperationAdd("ünï code/notes, with spaces.txt", "Ærlig talt.\n".encode()),
            CommitOperationAdd("empty.txt", b""),
            CommitOperationCopy("model.safetensors", "copy.safetensors"),
            CommitOperationCopy("old.json", "new.json"),
            CommitOperationDelete("old.json"),
            CommitOperationDelete("gone/"),
        ],
        commit_message="Tidy up",
        commit_description="For the release.",
    )
    files = {".gitattributes", "copy.safetensors", "empty.txt", "model.safetensors", "new.json"}
    assert set(api.list_repo_files(repo_id)) == files | {"ünï code/notes, with spaces.txt"}
    assert content(repo_id, "copy.safetensors") == weights()
    assert content(repo_id, "new.json") == CONFIG
    assert content(repo_id, "empty.txt") == b""
    assert content(repo_id, "ünï code/notes, with spaces.txt").decode() == "Ærlig talt.\n"
    commit = api.list_repo_commits(repo_id)[0]
    assert (commit.commit_id, commit.title, commit.message) == (info.oid, "Tidy up", "For the release.")
    assert api.model_info(repo_id).sha == info.oid


def check_a_copy_can_come_from_an_older_revision() -> None:
    repo_id = new_repo(files={"model.safetensors": weights(seed=1), "config.json": CONFIG})
    old = api.model_info(repo_id).sha
    api.upload_file(path_or_fileobj=weights(seed=2), path_in_repo="model.safetensors", repo_id=repo_id)
    back = [
        CommitOperationCopy("model.safetensors", "v1.safetensors", src_revision=old),
        CommitOperationCopy("config.json", "v1.json", src_revision=old),
    ]
    api.create_commit(repo_id, back, commit_message="Bring back")
    assert content(repo_id, "v1.safetensors") == weights(seed=1)
    assert content(repo_id, "v1.json") == CONFIG


def check_a_copy_can_come_from_another_repo_that_one_may_read() -> None:
    if "src_repo_id" not in inspect.signature(CommitOperationCopy).parameters:
        return
    source, own = new_repo(files={"model.safetensors": weights(), "config.json": CONFIG}), new_repo()
    carols_repo = name(owner=CAROL["name"])
    carols.create_repo(carols_repo)
    api.update_repo_settings(source, gated="manual")

    def copy(path: str) -> CommitOperationCopy:
        return CommitOperationCopy(path, path, src_repo_id=source, src_repo_type="model")

    # The client copies a large file only if it came in by Xet, and 1.19 sends them by LFS.
    by_xet = api.get_paths_info(source, "model.safetensors")[0].xet_hash is not None
    files = {"config.json": CONFIG} | ({"model.safetensors": weights()} if by_xet else {})
    for path in files:
        with refused(403, "not in the authorized list"):
            carols.create_commit(carols_repo, [copy(path)], commit_message="Take")
    assert carols.list_repo_files(carols_repo) == [".gitattributes"]
    api.create_commit(own, [copy(path) for path in files], commit_message="Copy")
    assert {path: content(own, path) for path in files} == files


def check_files_are_copied_by_address() -> None:
    if not hasattr(HfApi, "copy_files"):
        return
    repo_id = new_repo(files={"a/config.json": CONFIG, "a/notes.txt": b"notes"})
    other = new_repo()
    api.copy_files(f"hf://{repo_id}/a/config.json", f"hf://{other}/config.json")
    api.copy_files(f"hf://{repo_id}/a/", f"hf://{other}/b/")
    assert set(api.list_repo_files(other)) == {".gitattributes", "config.json", "b/config.json", "b/notes.txt"}
    assert content(other, "b/notes.txt") == b"notes"


def check_a_stale_parent_commit_is_refused_and_nothing_is_written() -> None:
    repo_id = new_repo()
    stale = api.model_info(repo_id).sha
    first = api.upload_file(path_or_fileobj=b"1", path_in_repo="1.txt", repo_id=repo_id, parent_commit=stale)
    with refused(412, "The branch was updated since you opened this page"):
        api.upload_file(path_or_fileobj=b"2", path_in_repo="2.txt", repo_id=repo_id, parent_commit=stale)
    assert api.model_info(repo_id).sha == first.oid


def check_a_person_without_the_right_cannot_commit() -> None:
    repo_id = new_repo()
    with refused(403):
        carols.upload_file(path_or_fileobj=b"1", path_in_repo="1.txt", repo_id=repo_id)
    assert api.list_repo_files(repo_id) == [".gitattributes"]


def check_what_cannot_be_deleted_or_copied_is_refused() -> None:
    repo_id = new_repo()
    with refused(404, "A file with this name doesn't exist"):
        api.delete_file("none.txt", repo_id)
    with refused(None, "none.txt", error=Exception):  # each version of the client has its own
        api.create_commit(repo_id, [CommitOperationCopy("none.txt", "some.txt")], commit_message="Copy")
    assert heads(repo_id) == ["initial commit"]


def check_the_same_content_again_makes_no_commit() -> None:
    files = {"config.json": CONFIG, "model.safetensors": weights()}
    repo_id = new_repo(files=files)
    before = api.model_info(repo_id).sha
    assert api.upload_folder(repo_id=repo_id, folder_path=folder(files)).oid == before
    assert api.model_info(repo_id).sha == before


def check_a_folder_is_sent_by_patterns_and_replaces_what_is_there() -> None:
    repo_id = new_repo(files={"logs/1.log": b"1", "logs/2.log": b"2", "keep.txt": b"keep"})
    made = folder({"3.log": b"3", "secret.key": b"x", "cache/big.tmp": b"tmp"})
    api.upload_folder(
        repo_id=repo_id,
        folder_path=made,
        path_in_repo="logs",
        delete_patterns="*.log",
        ignore_patterns=["*.key", "cache/*"],
        commit_message="Rotate the logs",
    )
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", "keep.txt", "logs/3.log"}
    assert heads(repo_id)[0] == "Rotate the logs"


def check_ignored_files_stay_out() -> None:
    repo_id = new_repo(files={".gitignore": b"*.tmp\nbuild/\n"})
    api.upload_folder(repo_id=repo_id, folder_path=folder({"a.txt": b"a", "a.tmp": b"b", "build/out.txt": b"c"}))
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", ".gitignore", "a.txt"}


def check_files_and_folders_are_deleted() -> None:
    repo_id = new_repo(files={"a.txt": b"a", "b.md": b"b", "c/d.txt": b"d", "c/e/f.txt": b"f"})
    api.delete_file("a.txt", repo_id)
    api.delete_folder("c/e", repo_id)
    api.delete_files(repo_id, ["*.md"])
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", "c/d.txt"}


def check_bytes_streams_and_paths_arrive_whole() -> None:
    repo_id = new_repo(repo_type="dataset")
    big = weights(400_000)
    on_disk = folder({"x.bin": big}) / "x.bin"
    for number, sent in enumerate((big, on_disk, str(on_disk), io.BytesIO(big))):
        api.upload_file(path_or_fileobj=sent, path_in_repo=f"{number}.bin", repo_id=repo_id, repo_type="dataset")
        assert content(repo_id, f"{number}.bin", repo_type="dataset") == big
    text = "".join(f"{number},{number * number}\n" for number in range(500_000)).encode()
    api.upload_file(path_or_fileobj=text, path_in_repo="squares.csv", repo_id=repo_id, repo_type="dataset")
    assert content(repo_id, "squares.csv", repo_type="dataset") == text


def check_files_sent_ahead_are_committed_later() -> None:
    repo_id = new_repo()
    operations = [CommitOperationAdd(f"{number}.safetensors", weights(seed=number)) for number in range(3)]
    for operation in operations:
        api.preupload_lfs_files(repo_id, [operation])
    api.create_commit(repo_id, operations, commit_message="All three")
    assert content(repo_id, "2.safetensors") == weights(seed=2)


def check_the_same_content_on_another_branch_is_there() -> None:
    repo_id = new_repo(files={"model.safetensors": weights()})
    api.create_branch(repo_id, branch="exp/one")
    for path in ("again.safetensors", "config.json"):
        sent = weights() if path.startswith("again") else CONFIG
        api.upload_file(path_or_fileobj=sent, path_in_repo=path, repo_id=repo_id, revision="exp/one")
        assert content(repo_id, path, revision="exp/one") == sent
        assert not api.file_exists(repo_id, path)


def check_a_commit_in_the_background() -> None:
    repo_id = new_repo()
    future = api.upload_file(path_or_fileobj=b"1", path_in_repo="1.txt", repo_id=repo_id, run_as_future=True)
    assert future.result(60).oid == api.model_info(repo_id).sha


def check_a_schedule_sends_what_was_written() -> None:
    made, repo_id = folder({"train.log": b"epoch 1\n"}), name("scheduled")
    scheduler = CommitScheduler(repo_id=repo_id, folder_path=made, every=1000, path_in_repo="logs", hf_api=api)
    scheduler.trigger().result(60)
    with scheduler.lock:
        (made / "train.log").write_bytes(b"epoch 1\nepoch 2\n")
    scheduler.trigger().result(60)
    scheduler.stop()
    assert content(repo_id, "logs/train.log") == b"epoch 1\nepoch 2\n"


def check_a_large_folder_is_sent() -> None:
    if not hasattr(HfApi, "upload_large_folder"):
        return
    from huggingface_hub import _upload_large_folder

    _upload_large_folder.WAITING_TIME_IF_NO_TASKS = 0.1  # instead of ten seconds
    files = {f"shard-{number}.safetensors": weights(seed=number) for number in range(3)} | {"config.json": CONFIG}
    repo_id = name("large")
    api.upload_large_folder(repo_id, folder(files), repo_type="model", print_report=False)
    assert content(repo_id, "shard-2.safetensors") == weights(seed=2)
    assert set(api.list_repo_files(repo_id)) == {*files, ".gitattributes"}


def check_large_files_are_listed_and_removed_for_good() -> None:
    repo_id = new_repo(files={"a.safetensors": weights(seed=1), "b.safetensors": weights(seed=2)})
    listed = {file.filename: file for file in api.list_lfs_files(repo_id)}
    assert set(listed) == {"a.safetensors", "b.safetensors"}
    assert listed["a.safetensors"].size == len(weights())
    api.permanently_delete_lfs_files(repo_id, [listed["a.safetensors"]])
    assert set(api.list_repo_files(repo_id)) == {".gitattributes", "b.safetensors"}
    assert [file.filename for file in api.list_lfs_files(repo_id)] == ["b.safetensors"]


def check_a_pull_request_is_refused_with_a_sentence_and_writes_nothing() -> None:
    repo_id = new_repo()
    with refused(501, "ull request"):
        api.upload_file(path_or_fileobj=b"1", path_in_repo="1.txt", repo_id=repo_id, create_pr=True)
    assert heads(repo_id) == ["initial commit"]


def check_a_bad_path_is_refused() -> None:
    repo_id = new_repo()
    with refused(422):
        api.upload_file(path_or_fileobj=b"1", path_in_repo="..\\up.txt", repo_id=repo_id)
    with refused(None, ".git", error=(HfHubHTTPError, ValueError)):  # newer clients refuse it themselves
        api.upload_file(path_or_fileobj=b"1", path_in_repo=".git/config", repo_id=repo_id)
    assert heads(repo_id) == ["initial commit"]


def check_a_hundred_files_are_one_quick_commit() -> None:
    files = {f"part/{number:03}.json": CONFIG + str(number).encode() for number in range(100)}
    repo_id = new_repo()
    started = time.monotonic()
    api.upload_folder(repo_id=repo_id, folder_path=folder(files))
    assert time.monotonic() - started < 20
    assert len(api.list_repo_files(repo_id)) == 101
