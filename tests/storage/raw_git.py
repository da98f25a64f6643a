"""Trees and commits as only `git push` could bring them: nothing checks their names."""

import time
from collections.abc import Callable

from pygit2 import Repository
from pygit2.enums import ObjectType

Git = Callable[..., str]
FILE, SCRIPT, FOLDER, LINK, SUBMODULE = b"100644", b"100755", b"40000", b"120000", b"160000"


def blob(repo: Repository, data: bytes = b"x") -> str:
    return str(repo.odb.write(ObjectType.BLOB, data))


def tree(repo: Repository, *entries: tuple[bytes, bytes, str]) -> str:
    """Write a tree of (mode, name, oid)."""
    raw = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return str(repo.odb.write(ObjectType.TREE, raw))


def commit(repo: Repository, tree: str, *parents: str, when: int | None = None, message: str = "m") -> str:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    stamp = int(time.time()) if when is None else when
    lines += [f"{role} Mallory <m@example.org> {stamp} +0000" for role in ("author", "committer")]
    return str(repo.odb.write(ObjectType.COMMIT, ("\n".join(lines) + f"\n\n{message}\n").encode()))
