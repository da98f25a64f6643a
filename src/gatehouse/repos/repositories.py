"""Repositories: made, found, moved, deleted; where their git repository and blobs lie."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils import timezone
from pygit2 import Repository

from gatehouse.accounts.models import Namespace, User
from gatehouse.accounts.names import check_repo_name
from gatehouse.repos import webhook_events
from gatehouse.repos.models import BranchMove, Kind, Repo, RepoRedirect
from gatehouse.storage import git_repos
from gatehouse.storage.blobs import LocalBlobs
from gatehouse.storage.errors import Refusal, RepositoryDamaged

INITIAL_MESSAGE = "initial commit"


class RepoNotFound(Refusal):
    """No such repo, or none that this caller may know of: the two look the same (HUB-API §1.1)."""

    def __init__(self) -> None:
        super().__init__("Repository not found", status=404, code="RepoNotFound")


class RepoExists(Refusal):
    """The name is taken; clients with exist_ok read `url` from the answer (HUB-API §5)."""

    def __init__(self, repo: Repo) -> None:
        self.url = repo.url
        super().__init__(f"You already created this {repo.kind} repo: {repo.repo_id}", status=409)


def git_path(public_id: str) -> Path:
    """Where a repo's bare git repository lies; the id never changes, whatever the repo is called."""
    return Path(settings.DATA) / "repos" / public_id[:2] / f"{public_id}.git"


def open_git(public_id: str) -> Repository:
    """Open a repo's git repository; raises RepoNotFound if it was deleted a moment ago, else RepositoryDamaged."""
    try:
        return git_repos.open_repo(git_path(public_id))
    except OSError as error:
        if Repo.objects.filter(public_id=public_id).exists():
            raise RepositoryDamaged from error
        raise RepoNotFound from error


def blobs() -> LocalBlobs:
    return LocalBlobs(Path(settings.DATA) / "blobs")


def author_of(user: User, publisher: str = "") -> git_repos.Author:
    """Give the signature in commits of a user, or of a publisher that acts with their rights.

    The address is a constructed one, so that no commit betrays an e-mail.
    """
    return git_repos.Author(publisher or user.username, f"{user.username}@users.noreply")


def create_repo(
    namespace: Namespace,
    name: str,
    kind: str,
    *,
    creator: User,
    private: bool = False,
    files: dict[str, bytes] | None = None,
) -> Repo:
    """Make a repo with one commit. Raises RepoExists, or Refusal for a bad name or kind."""
    repo = begin_repo(namespace, name, kind, creator=creator, private=private, files=files)
    with naming(repo):
        if files:
            BranchMove.objects.create(repo=repo)  # see following.py
    return repo


def begin_repo(
    namespace: Namespace,
    name: str,
    kind: str,
    *,
    creator: User,
    private: bool = False,
    files: dict[str, bytes] | None = None,
) -> Repo:
    """Make a repo's git repository, which comes first: a crash leaves at worst a folder without a name, for `gc`."""
    check_repo_name(name)
    if kind not in Kind.values:
        raise Refusal(f"{kind!r} is not a repo type: use {', '.join(Kind.values)}.")
    repo = Repo(kind=kind, namespace=namespace, name=name, creator=creator, private=private)
    repo.key = repo.repo_id.lower()
    _refuse_taken(kind, repo.key)
    first = {".gitattributes": git_repos.default_gitattributes()} | (files or {})
    repo.head = git_repos.create_repo(
        git_path(repo.public_id), author=author_of(creator), files=first, message=INITIAL_MESSAGE
    )
    repo.last_modified, repo.main_size = timezone.now(), sum(map(len, first.values()))
    return repo


@contextmanager
def naming(repo: Repo) -> Iterator[None]:
    """Give a begun repo its name, together with what is written in here, or nothing of it. Raises RepoExists."""
    try:
        with transaction.atomic():
            RepoRedirect.objects.filter(kind=repo.kind, key=repo.key).delete()
            repo.save()
            webhook_events.repo_created(repo)
            yield
    except BaseException as error:
        discard(repo)
        if isinstance(error, IntegrityError):
            _refuse_taken(repo.kind, repo.key)
        raise


def discard(repo: Repo) -> None:
    """Throw away the git repository of a repo that has no name yet."""
    shutil.rmtree(git_path(repo.public_id), ignore_errors=True)


def _refuse_taken(kind: str, key: str) -> None:
    taken = Repo.objects.filter(kind=kind, key=key).select_related("namespace").first()
    if taken:
        raise RepoExists(taken)


def find_repo(pk: int, **columns: Exists) -> Repo:
    """Read the repo's row, with more that is asked of the database in the same statement."""
    return Repo.objects.select_related("namespace__user", "namespace__organization").annotate(**columns).get(pk=pk)


def lock_repo(repo: Repo) -> Repo:
    """Read the repo's row anew and keep others from changing it until the transaction ends; raises RepoNotFound."""
    rows = Repo.objects.select_related("namespace").select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=repo.pk).first()
    if row is None:
        raise RepoNotFound
    return row


def move_repo(repo: Repo, namespace: Namespace, name: str) -> None:
    """Rename `repo`; the former name goes on leading to it. Raises Refusal 409 if the new name is taken."""
    check_repo_name(name)
    key = f"{namespace.name}/{name}".lower()
    if key == repo.key and name == repo.name:
        return
    taken = Refusal(f"A {repo.kind} repository called {namespace.name}/{name} already exists", status=409)
    if Repo.objects.filter(kind=repo.kind, key=key).exclude(pk=repo.pk).exists():
        raise taken
    try:
        with transaction.atomic():
            RepoRedirect.objects.filter(kind=repo.kind, key=key).delete()
            if key != repo.key:
                RepoRedirect.objects.update_or_create(kind=repo.kind, key=repo.key, defaults={"repo": repo})
            Repo.objects.filter(pk=repo.pk).update(namespace=namespace, name=name, key=key)
            webhook_events.repo_moved(find_repo(repo.pk), repo.repo_id, repo.namespace)
    except IntegrityError as error:
        raise taken from error
    repo.namespace, repo.name, repo.key = namespace, name, key


def set_private(repo: Repo, *, private: bool) -> None:
    with transaction.atomic():
        if Repo.objects.filter(pk=repo.pk).exclude(private=private).update(private=private):
            webhook_events.configured(repo, private=private)
    repo.private = private


def delete_repo(repo: Repo) -> None:
    """Delete a repo for good. Its name goes first, in one transaction; then its folder. Blobs are left to `gc`.

    The lock keeps uploads from adding rows meanwhile, and the folder steps aside so that no commit adds files to it;
    what an open push still writes there is left to `gc` as well.
    """
    path = git_path(repo.public_id)
    with transaction.atomic():
        row = Repo.objects.select_related("namespace").select_for_update(of=("self",)).filter(pk=repo.pk).first()
        if row:
            webhook_events.repo_deleted(row)
        Repo.objects.filter(pk=repo.pk).delete()
    aside = path.with_name(f"{repo.public_id}.deleted.git")
    with suppress(FileNotFoundError):  # somebody else deleted it at the same moment
        path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def unless_deleted(repo_pk: int) -> Iterator[None]:
    """Raise RepoNotFound in place of whatever goes wrong in here because the repo was deleted meanwhile."""
    try:
        yield
    except Exception as error:
        if Repo.objects.filter(pk=repo_pk).exists():
            raise
        raise RepoNotFound from error
