"""The files of a revision, as `siblings` of a repo (HUB-API §3.3)."""

from pygit2 import Repository

from gatehouse.access.gate import Answer, Case, read_files
from gatehouse.hub_api.repo_json import MASK, Sibling, SiblingLfs
from gatehouse.storage.git_tree import Entry, list_tree

MOST_FILES = 100_000


def siblings(git: Repository, sha: str, *, case: Case | None = None) -> list[Sibling]:
    """List all files of commit `sha`; with a `case` also their sizes and oids, as far as its actor may know them."""
    entries, _ = list_tree(git, sha, recursive=True, limit=MOST_FILES)
    files = [entry for entry in entries if entry.type == "file" and not entry.is_submodule]
    if case is None:
        return [Sibling(rfilename=entry.path) for entry in files]
    masked = read_files(case) is not Answer.YES
    return [_with_facts(entry, masked=masked) for entry in files]


def _with_facts(entry: Entry, *, masked: bool) -> Sibling:
    lfs = None
    if entry.lfs:
        sha256 = MASK if masked else entry.lfs.oid
        lfs = SiblingLfs(size=entry.lfs.size, sha256=sha256, pointer_size=entry.lfs.pointer_size)
    return Sibling(rfilename=entry.path, size=entry.size, blob_id=entry.oid, lfs=lfs)
