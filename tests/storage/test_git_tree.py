"""Files and folders of a commit."""

import os
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygit2 import Repository, Signature
from pygit2.enums import FileMode

from gatehouse.storage import git_commits
from gatehouse.storage.errors import BodyTooLong, EntryNotFound
from gatehouse.storage.git_commits import Put
from gatehouse.storage.git_repos import Author, resolve_revision
from gatehouse.storage.git_tree import Entry, find_entry, folder_size, list_tree, read_blob
from gatehouse.storage.pointers import Pointer, make_pointer
from storage.raw_git import FILE, FOLDER, LINK, SUBMODULE, Git, blob, commit, tree

pytestmark = pytest.mark.once

OID = "a" * 64


def committed(repo: Repository, files: dict[str, bytes]) -> str:
    operations = [Put(path, data=data) for path, data in files.items()]
    return git_commits.commit(repo, "main", operations, author=Author("Alice", "a@b"), message="m")


def all_pages(repo: Repository, sha: str, path: str = "", *, limit: int, recursive: bool = True) -> list[Entry]:
    entries, cursor = list_tree(repo, sha, path, recursive=recursive, limit=limit)
    while cursor is not None:
        page, cursor = list_tree(repo, sha, path, recursive=recursive, limit=limit, after=cursor)
        assert page
        assert len(entries) < 10_000
        entries += page
    return entries


def test_it_finds_a_file_with_its_size_and_sha1(repo: Repository, git: Git):
    sha = committed(repo, {"a/b.txt": b"hello"})
    entry = find_entry(repo, sha, "a/b.txt")
    assert entry == Entry("file", "a/b.txt", git("rev-parse", "main:a/b.txt"), 5, 0o100644)


def test_it_finds_a_folder(repo: Repository, git: Git):
    sha = committed(repo, {"a/b.txt": b"hello"})
    assert find_entry(repo, sha, "a") == Entry("directory", "a", git("rev-parse", "main:a"), 0, 0o40000)
    assert find_entry(repo, sha, "").type == "directory"


def test_a_pointer_stands_for_its_large_file(repo: Repository):
    pointer = make_pointer(OID, 10**12)
    entry = find_entry(repo, committed(repo, {"m.bin": pointer}), "m.bin")
    assert (entry.size, entry.lfs) == (10**12, Pointer(OID, 10**12, len(pointer)))


def test_an_entry_is_exact_per_revision(repo: Repository):
    old, new = committed(repo, {"a": b"1"}), committed(repo, {"a": b"22"})
    assert [find_entry(repo, sha, "a").size for sha in (old, new, old)] == [1, 2, 1]


@pytest.mark.parametrize(
    "missing",
    [
        "nope",
        "README.md/",
        "/README.md",
        "./README.md",
        "README.md/x",
        "a//b",
        "..",
        "README.md\0",
        "\ud800",
        "a/",
        "A",
    ],
)
def test_nothing_else_is_found(repo: Repository, missing: str):
    sha = committed(repo, {"a/b": b"1"})
    with pytest.raises(EntryNotFound) as refusal:
        find_entry(repo, sha, missing)
    assert (refusal.value.status, refusal.value.code) == (404, "EntryNotFound")


def test_it_lists_a_folder_without_what_is_below(repo: Repository):
    sha = committed(repo, {"a/b/c": b"1", "a/d": b"22", "e": b""})
    entries, cursor = list_tree(repo, sha, "a")
    assert [(entry.type, entry.path, entry.size) for entry in entries] == [("directory", "a/b", 0), ("file", "a/d", 2)]
    assert cursor is None


def test_a_file_cannot_be_listed(repo: Repository):
    with pytest.raises(EntryNotFound, match="not a folder"):
        list_tree(repo, resolve_revision(repo, "main"), "README.md")


def test_a_full_last_page_has_no_next_one(repo: Repository):
    sha = committed(repo, {"b": b"", "c": b""})
    assert list_tree(repo, sha, limit=3)[1] is None
    assert list_tree(repo, sha, limit=2)[1] is not None


@pytest.mark.parametrize("after", ["b", "a/zzz", "zzz", "%ff%00", "a//", "/", "a/b/c/d/e/f"])
def test_any_cursor_gives_a_page(repo: Repository, after: str):
    sha = committed(repo, {"a/b": b"1", "b": b"", "c": b""})
    everything = list_tree(repo, sha, recursive=True)[0]
    page = list_tree(repo, sha, recursive=True, after=after)[0]
    assert page == everything[len(everything) - len(page) :]


name = st.sampled_from(["a", "a-", "a.b", "a0", "b", "Ä", "ab", "a b", "a%2F", "z"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.lists(name, min_size=1, max_size=4).map("/".join), max_size=20), st.integers(1, 5), st.booleans())
def test_pages_of_any_size_give_what_git_lists(
    repo: Repository, git: Git, paths: set[str], limit: int, recursive: bool
):
    files = {path: b"x" for path in paths if not any(other.startswith(f"{path}/") for other in paths)}
    empty = resolve_revision(repo, "main")
    git("update-ref", "refs/heads/main", empty)
    sha = committed(repo, files)
    flags = ["-r", "-t"] if recursive else []
    listed = git("ls-tree", *flags, "-z", "--name-only", sha).split("\0")[:-1]
    assert [entry.path for entry in all_pages(repo, sha, limit=limit, recursive=recursive)] == listed
    git("update-ref", "refs/heads/main", empty)


def test_names_that_are_not_utf8_are_shown_and_paged(repo: Repository):
    data = blob(repo)
    below = tree(repo, (FILE, b"\xfe", data), (FILE, b"\xff", data))
    sha = commit(repo, tree(repo, (FILE, b"\xe4", data), (FOLDER, b"\xff", below)))
    shown = ["\\xe4", "\\xff", "\\xff/\\xfe", "\\xff/\\xff"]
    assert [entry.path for entry in all_pages(repo, sha, limit=1)] == shown
    with pytest.raises(EntryNotFound):
        find_entry(repo, sha, "\ufffd")


def test_a_link_is_its_target_and_is_never_followed(repo: Repository):
    target = blob(repo, b"/etc/passwd")
    sha = commit(repo, tree(repo, (LINK, b"dir", blob(repo, b".")), (LINK, b"link", target)))
    entry = find_entry(repo, sha, "link")
    assert (entry.type, entry.size, entry.is_link) == ("file", 11, True)
    assert read_blob(repo, entry.oid) == b"/etc/passwd"
    with pytest.raises(EntryNotFound):
        find_entry(repo, sha, "dir/link")


def test_a_link_is_no_pointer(repo: Repository):
    sha = commit(repo, tree(repo, (LINK, b"link", blob(repo, make_pointer(OID, 5)))))
    assert find_entry(repo, sha, "link").lfs is None


def test_a_submodule_is_shown_without_bytes(repo: Repository):
    sha = commit(repo, tree(repo, (SUBMODULE, b"sub", "1" * 40)))
    assert list_tree(repo, sha)[0] == [Entry("file", "sub", "1" * 40, 0, 0o160000)]
    entry = find_entry(repo, sha, "sub")
    assert entry.is_submodule
    with pytest.raises(EntryNotFound):
        find_entry(repo, sha, "sub/a")


def test_a_deep_tree_is_listed_page_by_page(repo: Repository):
    inner = tree(repo, (FILE, b"f", blob(repo)))
    for _ in range(3000):
        inner = tree(repo, (FOLDER, b"d", inner))
    entries, cursor = list_tree(repo, commit(repo, inner), recursive=True, limit=2500)
    assert len(entries) == 2500
    rest, cursor = list_tree(repo, commit(repo, inner), recursive=True, limit=2500, after=cursor)
    assert rest[-1].type == "file"
    assert cursor is None


def test_a_few_trees_that_stand_for_billions_of_files_are_paged(repo: Repository):
    bomb = tree(repo, *((FILE, b"%d" % n, blob(repo)) for n in range(10)))
    for _ in range(10):
        bomb = tree(repo, *((FOLDER, b"%d" % n, bomb) for n in range(10)))
    sha = commit(repo, bomb)
    first, cursor = list_tree(repo, sha, recursive=True, limit=100)
    second, _ = list_tree(repo, sha, recursive=True, limit=100, after=cursor)
    paths = [entry.path for entry in first + second]
    assert len(set(paths)) == 200
    assert all(a < b for a, b in pairwise(paths))


def test_a_blob_over_the_limit_is_not_read(repo: Repository):
    oid = blob(repo, os.urandom(1001))
    assert len(read_blob(repo, oid, limit=1001)) == 1001
    with pytest.raises(BodyTooLong):
        read_blob(repo, oid, limit=1000)


@pytest.mark.parametrize("oid", ["zz", "", "\0", "\ud800"])
def test_a_blob_that_is_not_there_is_not_found(repo: Repository, oid: str):
    with pytest.raises(EntryNotFound):
        read_blob(repo, oid)
    with pytest.raises(EntryNotFound):
        read_blob(repo, resolve_revision(repo, "main"))


def test_folders_in_folders_that_stand_for_billions_of_files_are_measured_at_once(repo: Repository):
    found, mode = repo.create_blob(b"x"), FileMode.BLOB
    for _ in range(12):
        builder = repo.TreeBuilder()
        for number in range(10):
            builder.insert(f"n{number}", found, mode)
        found, mode = builder.write(), FileMode.TREE
    who = Signature("Alice", "a@b")
    sha = str(repo.create_commit(None, who, who, "m", found, []))
    assert folder_size(repo, sha) == 10**12
