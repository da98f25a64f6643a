"""Which large files a git repository names, on any branch, in any commit, or in none."""

from collections.abc import Iterator

from pygit2 import Repository
from pygit2.enums import ObjectType

from gatehouse.storage.pointers import MAX_POINTER_SIZE, Pointer, parse_pointer


def all_pointers(repo: Repository) -> Iterator[Pointer]:
    """Yield every pointer among the repository's objects, whether a commit leads there or not."""
    for oid in repo.odb:
        kind, size = repo.odb.read_header(oid)
        if kind == ObjectType.BLOB and size < MAX_POINTER_SIZE:
            pointer = parse_pointer(repo.odb.read(oid)[1])
            if pointer:
                yield pointer
