"""A git repository that has lost or torn something: every door says so in one sentence, and the log says where."""

import logging

import pygit2

from gatehouse.storage.errors import Refusal, RepositoryDamaged

log = logging.getLogger(__name__)

LOGGED_PATH = 80  # the rest of some addresses is as good as a password
# libgit2's own errors: what is merely absent from a sound repository is refused before they reach a door.
UNREADABLE = (RepositoryDamaged, pygit2.GitError)


def refusal_of(error: Refusal | pygit2.GitError, path: str) -> Refusal:
    """Give what a door words; damage is logged, with the beginning of the address that met it."""
    if not isinstance(error, UNREADABLE):
        return error
    found = getattr(error.__cause__, "stderr", None) or error.__cause__ or error
    log.error("%s: this git repository is damaged, see `gatehouse fsck`: %s", path[:LOGGED_PATH], str(found).strip())
    return RepositoryDamaged()
