"""Which files of an upload are kept as large ones, by git-lfs (HUB-API §6.1)."""

from pygit2 import Oid, Repository
from pygit2.enums import AttrCheck

LARGEST_REGULAR = 10 * 1024 * 1024  # bytes
SAMPLE = 512  # bytes that tell text from other things
_ATTRIBUTES = AttrCheck.INCLUDE_COMMIT | AttrCheck.INDEX_ONLY | AttrCheck.NO_SYSTEM


def is_large(git: Repository, sha: str, path: str, *, size: int, sample: bytes) -> bool:
    """Whether a file belongs to git-lfs: by the `.gitattributes` of commit `sha`, its size, or because it is no text.

    `sample` is the file's beginning. An empty file never does.
    """
    if not size:
        return False
    return size > LARGEST_REGULAR or is_binary(sample) or is_tracked(git, sha, path)


def is_tracked(git: Repository, sha: str, path: str) -> bool:
    """Whether the `.gitattributes` of a commit hand the path to git-lfs."""
    return git.get_attr(path, "filter", _ATTRIBUTES, Oid(hex=sha)) == "lfs"


def is_binary(sample: bytes) -> bool:
    """Whether a file that begins like this is no text."""
    try:
        sample.decode()
    except UnicodeDecodeError as error:  # a sample may end in the middle of a character
        if error.start < len(sample) - 3:
            return True
    return b"\0" in sample
