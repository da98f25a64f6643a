"""Commits made through the API."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygit2 import Repository

from gatehouse.storage import git_commits
from gatehouse.storage.errors import (
    EntryNotFound,
    InvalidPath,
    InvalidRef,
    RefBusy,
    Refusal,
    RevisionNotFound,
    StaleParent,
)
from gatehouse.storage.git_commits import (
    Copy,
    Delete,
    Operation,
    Put,
    commit,
    create_empty_branch,
    squash,
    write_blob,
)
from gatehouse.storage.git_refs import RefMoved, create_branch, move_ref
from gatehouse.storage.git_repos import Author, resolve_revision
from storage.raw_git import FILE, LINK, Git, blob, tree
from storage.raw_git import commit as raw_commit

pytestmark = pytest.mark.once

Do = Callable[..., str]


@pytest.fixture
def do(repo: Repository, alice: Author) -> Do:
    def do(*operations: Operation, branch: str = "main", parent: str | None = None, message: str = "m") -> str:
        return commit(repo, branch, operations, author=alice, message=message, parent=parent)

    return do


@pytest.fixture
def files(git: Git) -> Callable[[], list[str]]:
    return lambda: git("ls-tree", "-r", "--name-only", "main").split("\n")


def test_it_writes_files_and_keeps_the_others(do: Do, git: Git, files: Callable[[], list[str]]):
    sha = do(Put("a/b/c.txt", data=b"1"), Put("d", data=b"2"), message="Add two\n\nwith a body")
    assert git("rev-parse", "main") == sha
    assert files() == ["README.md", "a/b/c.txt", "d"]
    assert git("show", "main:a/b/c.txt") == "1"
    assert git("log", "-1", "--format=%an <%ae>|%cn|%s|%b") == "Alice <alice@example.org>|Alice|Add two|with a body"
    assert git("fsck", "--strict", "--no-dangling") == ""


def test_it_puts_a_blob_that_was_written_before(repo: Repository, do: Do, git: Git):
    do(Put("a", oid=write_blob(repo, b"early")))
    assert git("show", "main:a") == "early"


@pytest.mark.parametrize("oid", ["1" * 40, "main", "", "zz"])
def test_it_refuses_an_oid_that_is_no_blob_here(do: Do, repo: Repository, oid: str):
    with pytest.raises(Refusal, match="There is no blob"):
        do(Put("a", oid=oid))
    with pytest.raises(Refusal, match="There is no blob"):
        do(Put("a", oid=resolve_revision(repo, "main")))


def test_a_removed_file_takes_its_empty_folders_along(do: Do, files: Callable[[], list[str]]):
    do(Put("a/b/c", data=b"1"))
    do(Delete("a/b/c", "file"))
    assert files() == ["README.md"]


def test_it_removes_a_folder(do: Do, files: Callable[[], list[str]]):
    do(Put("a/b", data=b"1"), Put("a/c/d", data=b"1"), Put("ab", data=b"1"))
    do(Delete("a/", "folder"))
    assert files() == ["README.md", "ab"]


def test_it_removes_whichever_the_entry_is(do: Do, files: Callable[[], list[str]]):
    do(Put("a/b", data=b"1"), Put("c", data=b"1"))
    do(Delete("a"), Delete("c"))
    assert files() == ["README.md"]


def test_everything_may_be_removed(do: Do, files: Callable[[], list[str]]):
    do(Delete("README.md"))
    assert files() == [""]
    do(Put("a", data=b"1"))
    assert files() == ["a"]


@pytest.mark.parametrize(
    "operation",
    [Delete("nope"), Delete("a", "file"), Delete("README.md", "folder"), Delete("README.md/x"), Delete("x/y/z")],
)
def test_removing_what_is_not_there_is_refused_with_404(do: Do, operation: Operation):
    do(Put("a/b", data=b"1"))
    with pytest.raises(EntryNotFound, match="with this name doesn't exist"):
        do(operation)


def test_it_copies_a_file_of_any_commit(repo: Repository, do: Do, git: Git):
    old = do(Put("a", data=b"old"))
    do(Put("a", data=b"new"))
    do(Copy("a", old, "b/c"))
    assert git("show", "main:b/c") == "old"


def test_a_move_is_a_copy_and_a_removal(repo: Repository, do: Do, files: Callable[[], list[str]]):
    do(Copy("README.md", resolve_revision(repo, "main"), "docs/README.md"), Delete("README.md"))
    assert files() == ["docs/README.md"]


@pytest.mark.parametrize("source", ["nope", "a", "README.md/x", "A/b"])
def test_it_copies_nothing_but_files(repo: Repository, do: Do, source: str):
    sha = do(Put("a/b", data=b"1"))
    with pytest.raises(EntryNotFound):
        do(Copy(source, sha, "c"))
    with pytest.raises(EntryNotFound):
        do(Copy("a/b", "1" * 40, "c"))


@pytest.mark.parametrize("odd", ["", "README.md/", "README.md\0", "\ud800", "../README.md"])
def test_a_path_that_git_would_misread_is_refused_everywhere(repo: Repository, do: Do, odd: str):
    head = resolve_revision(repo, "main")
    for operation in (Copy(odd, head, "c"), Copy("README.md", head, odd), Put(odd, data=b"1"), Delete(odd, "file")):
        with pytest.raises(InvalidPath):
            do(operation)


@pytest.mark.parametrize(
    "operation",
    [Put("README.md/x", data=b"1"), Put("README.md/x/y", data=b"1"), Put("a", data=b"1"), Put("a/b/c", data=b"1")],
)
def test_a_file_and_a_folder_cannot_share_a_name(do: Do, operation: Operation):
    do(Put("a/b", data=b"1"))
    with pytest.raises(InvalidPath):
        do(operation)


def test_a_file_may_become_a_folder_in_one_commit(do: Do, files: Callable[[], list[str]]):
    do(Delete("README.md"), Put("README.md/x", data=b"1"))
    assert files() == ["README.md/x"]
    do(Delete("README.md", "folder"), Put("README.md", data=b"1"))
    assert files() == ["README.md"]


def test_a_bad_path_writes_nothing(repo: Repository, do: Do):
    head = resolve_revision(repo, "main")
    with pytest.raises(InvalidPath):
        do(Put("good", data=b"1"), Put("../bad", data=b"1"))
    assert resolve_revision(repo, "main") == head


def test_a_commit_that_changes_nothing_is_none(repo: Repository, do: Do):
    head = resolve_revision(repo, "main")
    assert do() == do(Put("README.md", data=b"# Model\n")) == do(Put("a", data=b"1"), Delete("a")) == head


def test_the_same_content_goes_to_a_second_branch(repo: Repository, do: Do, git: Git):
    create_branch(repo, "second", resolve_revision(repo, "main"))
    do(Put("a", data=b"1"))
    do(Put("a", data=b"1"), branch="second")
    assert git("show", "second:a") == "1"


def test_a_file_keeps_being_executable(repo: Repository, do: Do, git: Git):
    script = raw_commit(repo, tree(repo, (b"100755", b"run", blob(repo)), (FILE, b"text", blob(repo))))
    git("update-ref", "refs/heads/main", script)
    do(Put("run", data=b"new"), Put("text", data=b"new"))
    do(Copy("run", script, "copy"))
    modes = {line.split("\t")[1]: line.split()[0] for line in git("ls-tree", "main").split("\n")}
    assert modes == {"copy": "100755", "run": "100755", "text": "100644"}


def test_a_link_is_replaced_not_written_through(repo: Repository, do: Do, git: Git):
    git("update-ref", "refs/heads/main", raw_commit(repo, tree(repo, (LINK, b"a", blob(repo, b"..")))))
    with pytest.raises(InvalidPath):
        do(Put("a/evil", data=b"1"))
    do(Put("a", data=b"1"))
    assert git("ls-tree", "main").startswith("100644 blob")


@pytest.mark.parametrize("message", ["", "\0", "\ud800", "a\0b", "ü" * 10_000])
def test_any_message_can_be_stored(do: Do, git: Git, message: str):
    do(Put("a", data=message.encode("utf-8", "replace")), message=message)
    assert git("fsck", "--strict") == ""


def test_a_parent_that_is_the_head_is_fine(repo: Repository, do: Do):
    do(Put("a", data=b"1"), parent=resolve_revision(repo, "main"))


def test_a_parent_that_is_not_the_head_is_refused_with_412(repo: Repository, do: Do):
    old = resolve_revision(repo, "main")
    head = do(Put("a", data=b"1"))
    with pytest.raises(StaleParent, match="The branch was updated since") as refusal:
        do(Put("b", data=b"1"), parent=old)
    assert refusal.value.status == 412
    assert resolve_revision(repo, "main") == head


def moved_by_others(repo: Repository, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let somebody else push to main just before each of the next commits moves it."""
    left = list(range(times))

    def race(repo: Repository, ref: str, new: str, old: str) -> None:
        if left:
            readme = blob(repo, b"%d" % left.pop())
            move_ref(repo, ref, raw_commit(repo, tree(repo, (FILE, b"theirs", readme)), old), old)
        move_ref(repo, ref, new, old)

    monkeypatch.setattr(git_commits, "move_ref", race)


def test_a_lost_race_is_run_again_on_the_new_head(
    repo: Repository, do: Do, files: Callable[[], list[str]], git: Git, monkeypatch: pytest.MonkeyPatch
):
    moved_by_others(repo, monkeypatch, 2)
    do(Put("mine", data=b"1"))
    assert files() == ["mine", "theirs"]
    assert git("rev-list", "--count", "main") == "4"


def test_a_lost_race_with_a_parent_is_refused_with_412(repo: Repository, do: Do, monkeypatch: pytest.MonkeyPatch):
    moved_by_others(repo, monkeypatch, 1)
    with pytest.raises(StaleParent):
        do(Put("mine", data=b"1"), parent=resolve_revision(repo, "main"))


def test_a_race_lost_for_too_long_is_refused(do: Do, monkeypatch: pytest.MonkeyPatch):
    def always_moved(*_: object) -> None:
        raise RefMoved

    monkeypatch.setattr(git_commits, "move_ref", always_moved)
    monkeypatch.setattr(git_commits, "PATIENCE_S", 0.05)
    with pytest.raises(RefBusy):
        do(Put("a", data=b"1"))


@pytest.mark.parametrize("branch", ["nope", "v1", "refs/tags/v1", "refs/pr/1", "HEAD", "main\0", "", "0" * 40])
def test_only_branches_can_be_committed_to(repo: Repository, do: Do, branch: str):
    repo.references.create("refs/tags/v1", resolve_revision(repo, "main"))
    with pytest.raises((RevisionNotFound, InvalidRef)):
        do(Put("a", data=b"1"), branch=branch)


def test_a_branch_may_be_named_in_full(do: Do, git: Git):
    assert do(Put("a", data=b"1"), branch="refs/heads/main") == git("rev-parse", "main")


def test_objects_are_on_disk_before_the_ref_moves(repo: Repository, do: Do, monkeypatch: pytest.MonkeyPatch):
    synced: list[str] = []
    monkeypatch.setattr(git_commits, "sync_objects", lambda _, oids: synced.extend(map(str, oids)))
    old_objects = {file.name for file in Path(repo.path, "objects").rglob("*")}

    def move(repo: Repository, ref: str, new: str, old: str) -> None:
        written = {file.parent.name + file.name for file in Path(repo.path, "objects").rglob("*") if file.is_file()}
        assert {oid for oid in written if oid[2:] not in old_objects} == set(synced)

    monkeypatch.setattr(git_commits, "move_ref", move)
    do(Put("a/b", data=b"1"), Put("c", oid=write_blob(repo, b"2")))
    assert len(synced) == 5


def test_a_squash_keeps_the_files_and_drops_the_history(repo: Repository, do: Do, alice: Author, git: Git):
    do(Put("a", data=b"1"))
    before = git("rev-parse", "main^{tree}")
    sha = squash(repo, "main", message="one", author=alice)
    assert git("rev-parse", "main", "main^{tree}").split() == [sha, before]
    assert git("log", "--format=%s", "main") == "one"


def test_an_empty_branch_has_no_files_and_no_history(repo: Repository, alice: Author, git: Git):
    sha = create_empty_branch(repo, "empty", author=alice, message="start")
    assert git("log", "--format=%H", "empty") == sha
    assert git("ls-tree", "empty") == ""
    with pytest.raises(Refusal) as refusal:
        create_empty_branch(repo, "empty", author=alice, message="start")
    assert refusal.value.status == 409


part = st.sampled_from(["a", "b", "a.b", "a-b", "c"])
some_path = st.lists(part, min_size=1, max_size=3).map("/".join)
step = st.one_of(
    st.builds(Put, some_path, st.binary(max_size=2)),
    st.builds(Delete, some_path, st.sampled_from(["file", "folder", "entry"])),
)


def applied(model: dict[str, bytes], operation: Operation) -> dict[str, bytes] | None:
    """Return the files after the operation, None if it must be refused."""
    path = operation.path
    below = [other for other in model if other.startswith(f"{path}/")]
    if isinstance(operation, Put):
        in_the_way = below or [other for other in model if path.startswith(f"{other}/")]
        return None if in_the_way else {**model, path: operation.data or b""}
    gone = {"file": [path], "folder": below, "entry": [path, *below]}[operation.kind]
    kept = {name: data for name, data in model.items() if name not in gone}
    return None if kept == model else kept


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(step, max_size=6), min_size=1, max_size=4))
def test_any_commits_leave_what_a_plain_dictionary_says(
    repo: Repository, do: Do, git: Git, commits: list[list[Operation]]
):
    git("update-ref", "refs/heads/main", raw_commit(repo, tree(repo)))
    model: dict[str, bytes] = {}
    for operations in commits:
        after: dict[str, bytes] | None = model
        for operation in operations:
            after = applied(after, operation) if after is not None else None
        if after is None:
            with pytest.raises(Refusal):
                do(*operations)
        else:
            model = after
            do(*operations)
    listed = git("ls-tree", "-r", "-z", "--name-only", "main").split("\0")[:-1]
    assert {path: repo.revparse_single(f"main:{path}").data for path in listed} == model
