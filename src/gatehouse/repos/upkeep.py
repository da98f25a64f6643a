"""Looking after git repositories: each is packed when it has become slow, and once a week in any case.

What has long been dropped goes then, and with it what the repo holds of large files that nothing in git names any more:
of history that was dropped, of commits that were refused, of uploads without a commit.
"""

import logging
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from gatehouse.repos import clean_up, possession
from gatehouse.repos.card import DEFAULT_BRANCH
from gatehouse.repos.models import BranchMove, Repo, RepoBlob
from gatehouse.repos.repositories import git_path, open_git
from gatehouse.storage import git_upkeep
from gatehouse.storage.git_refs import positions

log = logging.getLogger(__name__)

EVERY = timedelta(days=7)
LONGEST_S = 3600.0
UNSURE = timedelta(hours=24)  # a commit that names large files has come to its end by then


def look_after_repos(now: datetime) -> int:
    """Pack what needs it, one repository after the other, and not for ever; return how many were packed.

    Any number of processes may do this at once: each repository is one's. Raises ForeignStore.
    """
    clean_up.require_own_store()
    give_up_at, packed = time.monotonic() + LONGEST_S, 0
    for repo in _due(now):
        if time.monotonic() > give_up_at:
            log.info("Some git repositories are left for the next time")
            break
        if _claim(repo, now):
            packed += _look_after(repo, now)
    return packed


def _due(now: datetime) -> Iterator[Repo]:
    """Yield those that were not looked after for long first: only for the others does it matter how they look."""
    repos = Repo.objects.only("public_id", "head", "tidied_at").annotate(since=Coalesce("tidied_at", "created_at"))
    yield from list(repos.filter(since__lt=now - EVERY).order_by("since"))
    for repo in list(repos.filter(since__gte=now - EVERY)):
        if git_upkeep.wants_packing(git_path(repo.public_id)):
            yield repo


def _claim(repo: Repo, now: datetime) -> bool:
    """Take this repo on, unless another process just did, or a branch is on its way whose old place is not kept yet."""
    if BranchMove.objects.filter(repo=repo.pk).exists():
        return False
    return Repo.objects.filter(pk=repo.pk, tidied_at=repo.tidied_at).update(tidied_at=now) == 1


def _look_after(repo: Repo, now: datetime) -> bool:
    path = git_path(repo.public_id)
    try:
        done = git_upkeep.tidy(path, now)
        if done:
            _give_up(repo, now - UNSURE)
    except (OSError, subprocess.CalledProcessError) as error:
        if Repo.objects.filter(pk=repo.pk).exists():
            log.warning("The git repository %s cannot be packed: %s", path, getattr(error, "stderr", "") or error)
        return False
    return done


def _give_up(repo: Repo, before: datetime) -> None:
    """Give up what git does not name, where git is whole and where the row has seen it: it may be from a backup."""
    unsure = Q(named_at__isnull=True) | Q(named_at__lt=before)
    waiting = RepoBlob.objects.filter(unsure, repo=repo.pk, added_at__lt=before)
    if not waiting.exists() or not git_upkeep.is_whole(git_path(repo.public_id)):
        return
    main = f"refs/heads/{DEFAULT_BRANCH}"
    if Repo.objects.filter(pk=repo.pk, head=positions(open_git(repo.public_id), [main])[main]).exists():
        given_up = possession.give_up_unneeded(repo.public_id, waiting)
        if given_up:
            log.info("%s large files are given up that %s no longer names", given_up, repo.public_id)
