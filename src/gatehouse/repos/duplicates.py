"""A repo made from another one: with its history, its branches and tags, and the large files that they name."""

import subprocess

from django.db import transaction
from django.utils import timezone

from gatehouse.accounts.models import Namespace, User
from gatehouse.repos import card, large_bytes, webhook_events
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import create_repo, delete_repo, git_path, open_git
from gatehouse.storage.blobs import Blob
from gatehouse.storage.git_refs import NOTHING, Update, all_refs, git_environment, positions

ALL_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def duplicate(source: Repo, namespace: Namespace, name: str, *, creator: User, private: bool) -> Repo:
    """Make a repo of the same kind that holds all that `source` holds now; its gate and its requests are not copied.

    Whoever calls this has asked the gate. Raises RepoExists, and Refusal for a bad name.
    """
    copy = create_repo(namespace, name, source.kind, creator=creator, private=private)
    try:
        _copy_git(source, copy)
        _copy_large_files(source, copy, creator)
        with transaction.atomic():
            card.refresh(copy)
            webhook_events.refs_moved(copy, _copied_refs(copy))
    except BaseException:
        delete_repo(copy)
        raise
    return copy


def _copied_refs(copy: Repo) -> list[Update]:
    git = open_git(copy.public_id)
    return [Update(NOTHING, sha, ref) for ref, sha in positions(git, all_refs(git)).items()]


def _copy_git(source: Repo, copy: Repo) -> None:
    subprocess.run(
        ["git", "fetch", "--quiet", "--no-write-fetch-head", str(git_path(source.public_id)), *ALL_REFS],
        cwd=git_path(copy.public_id),
        env=git_environment(),
        capture_output=True,
        check=True,
    )


def _copy_large_files(source: Repo, copy: Repo, creator: User) -> None:
    """Give the copy what commits of the source name; uploads that none has named yet are left out."""
    named = RepoBlob.objects.filter(repo=source, named_at__isnull=False).values_list("oid", "size")
    for oid, size in named.iterator():
        large_bytes.copy(source.pk, copy.pk, Blob(oid, size), user_pk=creator.pk)
    RepoBlob.objects.filter(repo=copy).update(named_at=timezone.now())
