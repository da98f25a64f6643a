"""What changed between two commits."""

import pytest
from pygit2 import Repository

from gatehouse.storage import git_commits
from gatehouse.storage.git_commits import Copy, Delete, Operation, Put
from gatehouse.storage.git_diff import MAX_BLOB, Diff, diff, raw_diff
from gatehouse.storage.git_repos import Author, resolve_revision
from storage.raw_git import FILE, FOLDER, LINK, SCRIPT, SUBMODULE, Git, blob, commit, tree

pytestmark = pytest.mark.once


def committed(repo: Repository, *operations: Operation) -> str:
    return git_commits.commit(repo, "main", operations, author=Author("Alice", "a@b"), message="m")


def statuses(changes: Diff) -> list[tuple[str, str]]:
    return [(file.status, file.path) for file in changes.files]


def test_it_shows_what_was_added_changed_and_removed(repo: Repository):
    old = committed(repo, Put("a/b", data=b"1\n"), Put("c", data=b"1\n"))
    new = committed(repo, Put("a/b", data=b"1\n2\n"), Delete("c"), Put("d/e", data=b"x\n"))
    changes = diff(repo, old, new)
    assert statuses(changes) == [("M", "a/b"), ("D", "c"), ("A", "d/e")]
    assert [(file.additions, file.deletions) for file in changes.files] == [(1, 0), (0, 1), (1, 0)]
    assert "@@ -1 +1,2 @@\n 1\n+2\n" in (changes.files[0].patch or "")
    assert not changes.truncated


def test_without_an_older_commit_it_compares_to_the_parent_or_nothing(repo: Repository):
    first = resolve_revision(repo, "main")
    second = committed(repo, Put("a", data=b"1"))
    assert statuses(diff(repo, None, first)) == [("A", "README.md")]
    assert statuses(diff(repo, None, second)) == [("A", "a")]
    assert diff(repo, second, second) == Diff([], truncated=False)


def test_a_moved_file_is_shown_as_moved(repo: Repository):
    old = resolve_revision(repo, "main")
    new = committed(repo, Copy("README.md", old, "docs/README.md"), Delete("README.md"))
    (file,) = diff(repo, old, new).files
    assert (file.status, file.old_path, file.path) == ("R", "README.md", "docs/README.md")


def test_a_file_that_becomes_a_folder_is_removed_and_added(repo: Repository):
    old = committed(repo, Put("a", data=b"1"))
    new = committed(repo, Delete("a"), Put("a/b", data=b"2"))
    assert statuses(diff(repo, old, new)) == [("D", "a"), ("A", "a/b")]
    assert statuses(diff(repo, new, old)) == [("A", "a"), ("D", "a/b")]


def test_binary_and_large_files_have_no_patch(repo: Repository):
    new = committed(repo, Put("binary", data=bytes(10)), Put("large", data=b"a\n" * MAX_BLOB))
    assert [file.patch for file in diff(repo, None, new).files] == [None, None]


def test_the_raw_diff_can_be_applied(repo: Repository, git: Git):
    def version(*entries: tuple[bytes, bytes, bytes]) -> str:
        return commit(repo, tree(repo, *((mode, name, blob(repo, data)) for mode, name, data in entries)))

    old = version(
        (FILE, b"a", b"1\n2\n"),
        (FILE, b"b", b"no newline"),
        (FILE, b"c", b"moved\n"),
        (FILE, b"run", b"x\n"),
        (LINK, b"to", b"a"),
    )
    new = version(
        (FILE, b"a", b"2\n3\n"),
        (FILE, b"d", b"moved\n"),
        (SCRIPT, b"new", b"x\n"),
        (SCRIPT, b"run", b"x\n"),
        (LINK, b"to", b"d"),
    )
    git("read-tree", f"--index-output={repo.path}index", old)
    git("apply", "--cached", data=raw_diff(repo, old, new))
    assert git("write-tree") == git("rev-parse", f"{new}^{{tree}}")
    assert statuses(diff(repo, old, new)) == [
        ("M", "a"),
        ("D", "b"),
        ("R", "d"),
        ("A", "new"),
        ("M", "run"),
        ("M", "to"),
    ]


def test_the_patch_of_a_file_is_what_git_says(repo: Repository, git: Git):
    old = committed(repo, Put("ü/a", data=b"1\n2\n3\n"), Put("gone", data=b"--- x\n"))
    new = committed(repo, Put("ü/a", data=b"1\n--- 2\n3\n"), Delete("gone"), Put("new", data=b""))
    flags = ["--full-index", "--no-renames"]
    assert raw_diff(repo, old, new).strip() == git("-c", "core.quotePath=false", "diff", *flags, old, new)


def test_the_raw_diff_names_binary_files(repo: Repository):
    assert raw_diff(repo, None, committed(repo, Put("b", data=bytes(10)))) == "Binary files a/b and b/b differ\n"


def test_a_name_cannot_write_lines_of_the_patch(repo: Repository):
    sha = commit(repo, tree(repo, (FILE, b"a\n+evil", blob(repo, b"x\n"))))
    assert "\n+evil" not in raw_diff(repo, None, sha)


def test_many_files_are_cut_short(repo: Repository):
    new = committed(repo, *(Put(f"{n}", data=b"%d" % n) for n in range(10)))
    changes = diff(repo, None, new, max_files=4)
    assert (len(changes.files), changes.truncated) == (4, True)


@pytest.mark.parametrize("innermost", [True, False])
def test_a_few_trees_that_stand_for_billions_of_files_are_cut_short(repo: Repository, innermost: bool):
    bomb = tree(repo, *((FILE, b"%d" % n, blob(repo)) for n in range(10))) if innermost else tree(repo)
    for _ in range(12):
        bomb = tree(repo, *((FOLDER, b"%d" % n, bomb) for n in range(10)))
    changes = diff(repo, None, commit(repo, bomb))
    assert changes.truncated
    assert len(changes.files) == (300 if innermost else 0)


def test_submodules_deep_trees_and_odd_names_are_shown(repo: Repository):
    inner = tree(repo, (FILE, b"\xff", blob(repo)), (SUBMODULE, b"sub", "1" * 40))
    for _ in range(1500):
        inner = tree(repo, (FOLDER, b"d", inner))
    files = diff(repo, None, commit(repo, inner)).files
    assert [file.path[-4:] for file in files] == ["/sub", "\\xff"] or [file.path[-4:] for file in files] == [
        "\\xff",
        "/sub",
    ]
