"""A repo made from another one: with its history, its branches and tags, and the large files that they name."""

import subprocess

from django.utils import timezone

from gatehouse.accounts.models import Namespace, User
from gatehouse.repos import card, large_bytes
from gatehouse.repos.following import announce, follow
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import begin_repo, discard, git_path, naming, open_git
from gatehouse.storage.blobs import Blob
from gatehouse.storage.disk import is_about_space
from gatehouse.storage.errors import RepositoryDamaged, StorageFull
from gatehouse.storage.git_pointers import all_pointers
from gatehouse.storage.git_refs import NOTHING, Update, all_refs, git_environment, positions
from gatehouse.storage.git_repos import resolve_revision

BATCH = 500  # large files noted at once
ALL_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def duplicate(source: Repo, namespace: Namespace, name: str, *, creator: User, private: bool) -> Repo:
    """Make a repo of the same kind that holds all that `source` holds now; its gate and its requests are not copied.

    It has no name before it is complete, so that a crash leaves none half made. Whoever calls this has asked the gate.
    Raises RepoExists, and Refusal for a bad name.
    """
    copy = begin_repo(namespace, name, source.kind, creator=creator, private=private)
    refs = _copy_git(source, copy)
    named = {pointer.oid for pointer in all_pointers(open_git(copy.public_id))}
    with naming(copy):
        _copy_large_files(source, copy, named, creator)
        move = announce(copy.pk, dict.fromkeys(refs, NOTHING))
    follow(copy, move, [Update(NOTHING, sha, ref) for ref, sha in refs.items()])
    return copy


def _copy_git(source: Repo, copy: Repo) -> dict[str, str]:
    """Copy all commits; give where the branches and tags are."""
    try:
        subprocess.run(
            ["git", "fetch", "--quiet", "--no-write-fetch-head", str(git_path(source.public_id)), *ALL_REFS],
            cwd=git_path(copy.public_id),
            env=git_environment(),
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
        )
    except subprocess.CalledProcessError as error:
        discard(copy)
        open_git(source.public_id)  # raises what fits when it was deleted meanwhile
        raise (StorageFull if is_about_space(error.stderr) else RepositoryDamaged) from error
    except BaseException:
        discard(copy)
        raise
    git = open_git(copy.public_id)
    copy.head = resolve_revision(git, card.DEFAULT_BRANCH)
    return positions(git, all_refs(git))


def _copy_large_files(source: Repo, copy: Repo, named: set[str], creator: User) -> None:
    """Give the copy what its own commits name: whoever owns it lists it, and must not learn what the source dropped."""
    held = RepoBlob.objects.filter(repo=source).values_list("oid", "size")
    blobs = [Blob(oid, size) for oid, size in held if oid in named]
    for start in range(0, len(blobs), BATCH):
        large_bytes.copy(source.pk, copy.pk, *blobs[start : start + BATCH], user_pk=creator.pk)
    RepoBlob.objects.filter(repo=copy).update(named_at=timezone.now())
