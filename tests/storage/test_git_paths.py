"""Paths and ref names that a commit may write."""

import pytest

from gatehouse.storage.errors import InvalidPath, InvalidRef
from gatehouse.storage.git_paths import branch_ref, check_path, tag_ref

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a/b/c.txt",
        "ü/模型.bin",
        ".gitattributes",
        ".gitignore",
        ".github/x",
        "a b",
        "git",
        "a.git",
        "x" * 255,
        "...",
    ],
)
def test_a_plain_path_is_fine(path: str):
    assert "/".join(check_path(path)) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "./a", "a/./b",
        "a\\b", "..\\ddd", "a\0b", "a\nb", "a\x7fb", "\ud800",
        ".git", ".GIT/config", "a/.Git/hooks/x", "git~1", "GIT~2/x", ".git.", ".git ", ".git . ", ".git::$INDEX_ALLOCATION/x",
        ".g\u200cit", ".git\ufeff", "\u206a.git",
        "x" * 256, "ü" * 128, "a/" * 2100 + "a", "a/" * 200 + "a",
    ],
)  # fmt: skip
def test_a_path_that_could_do_harm_is_refused_with_422(path: str):
    with pytest.raises(InvalidPath) as refusal:
        check_path(path)
    assert refusal.value.status == 422


@pytest.mark.parametrize("name", ["main", "feature/x", "v1.0", "ü", "a@b", "heads/x", "refs"])
def test_a_plain_name_is_fine(name: str):
    assert branch_ref(name) == f"refs/heads/{name}"
    assert tag_ref(name) == f"refs/tags/{name}"


@pytest.mark.parametrize(
    "name",
    [
        "", "HEAD", "refs/heads/x", "refs/pr/1", "-d", "@", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b",
        "a@{1}", ".a", "a/.b", "a.lock", "a.lock/b", "a//b", "/a", "a/", "a.", "a\0b", "a\nb", "\ud800", "x" * 256, "0" * 40,
    ],
)  # fmt: skip
def test_a_misleading_name_is_refused_with_400(name: str):
    for full_name in (branch_ref, tag_ref):
        with pytest.raises(InvalidRef) as refusal:
            full_name(name)
        assert refusal.value.status == 400
