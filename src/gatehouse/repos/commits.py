"""Commits made through the hub: by the commit API, the pages and the upload doors."""

from collections.abc import Sequence

from gatehouse.accounts.models import User
from gatehouse.repos.following import following
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import author_of, open_git
from gatehouse.storage import git_commits
from gatehouse.storage.git_operations import Operation
from gatehouse.storage.git_paths import branch_ref


def commit(
    repo: Repo,
    branch: str,
    operations: Sequence[Operation],
    *,
    user: User,
    publisher: str = "",
    message: str,
    parent: str | None = None,
) -> str:
    """Commit `operations` onto `branch` and give the new commit's sha (the old one if nothing changed).

    Whoever calls this has asked the gate, and has made sure of the possession of every pointer.
    Raises StaleParent, InvalidPath, EntryNotFound, RevisionNotFound.
    """
    git = open_git(repo.public_id)
    with following(repo, branch_ref(branch.removeprefix("refs/heads/"))):
        author = author_of(user, publisher)
        return git_commits.commit(git, branch, operations, author=author, message=message, parent=parent)
