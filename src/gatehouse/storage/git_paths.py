"""Paths and ref names that a commit may write: safe in git and on everybody's file system."""

import re

import pygit2

from gatehouse.storage.errors import InvalidPath, InvalidRef

MAX_PATH, MAX_PART = 4096, 255  # bytes
MAX_DEPTH = 100  # folders
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Characters that HFS+ ignores in names: with one of them ".git" would still be ".git".
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# What NTFS takes for ".git": its short name, and endings that it drops (dots, spaces, ":stream").
_NTFS_GIT = re.compile(r"(\.git|git~[0-9]+)[. ]*(:.*)?", re.IGNORECASE)


def check_path(path: str) -> list[str]:
    """Return the parts of a file's path; raises InvalidPath for one that could do harm."""
    try:
        encoded = path.encode()
    except UnicodeEncodeError as error:
        raise InvalidPath("A path must be valid UTF-8.") from error
    if not path or len(encoded) > MAX_PATH:
        raise InvalidPath(f"A path must have 1 to {MAX_PATH} bytes.")
    if "\\" in path or _CONTROL.search(path):
        raise InvalidPath(f"The path {path!r} holds a backslash or a control character.")
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise InvalidPath(f"A path may lead through {MAX_DEPTH} folders at most.")
    for part in parts:
        _check_part(part, path)
    return parts


def _check_part(part: str, path: str) -> None:
    if part in {"", ".", ".."}:
        raise InvalidPath(f"The path {path!r} has an empty part, '.' or '..'.")
    if len(part.encode()) > MAX_PART:
        raise InvalidPath(f"A part of a path may have {MAX_PART} bytes.")
    if _NTFS_GIT.fullmatch(_IGNORED_BY_HFS.sub("", part)):
        raise InvalidPath(f"The path {path!r} would be git's own folder on some systems.")


def branch_ref(name: str) -> str:
    return _full_name("refs/heads/", name, "branch")


def tag_ref(name: str) -> str:
    return _full_name("refs/tags/", name, "tag")


def _full_name(prefix: str, name: str, what: str) -> str:
    """Return the full ref name; names that read as something else than they are, are refused."""
    full = prefix + name
    misleading = name in {"HEAD", "@"} or name.startswith(("refs/", "-")) or re.fullmatch(r"[0-9a-f]{40}", name)
    if misleading or len(full.encode("utf-8", "replace")) > MAX_PART or not _is_valid(full):
        raise InvalidRef(f"Invalid reference for a {what}: {name}")
    return full


def _is_valid(full: str) -> bool:
    try:
        return "\0" not in full and pygit2.reference_is_valid_name(full)
    except (ValueError, UnicodeEncodeError):
        return False
