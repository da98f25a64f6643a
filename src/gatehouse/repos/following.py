"""A repo's row follows its default branch, also when the process that moved the branch dies before it could.

A note is written before the branch moves, and goes in the transaction in which the row follows. Notes that stay are
those of processes that died; any worker on any machine reads those repos anew.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from gatehouse.repos import card
from gatehouse.repos.models import BranchMove, Repo
from gatehouse.storage.errors import Refusal

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)  # by then a process that lives has moved its branch, and the row has followed


@contextmanager
def following(repo: Repo) -> Iterator[None]:
    """Move the default branch of `repo` in here."""
    move = announce(repo.pk)
    try:
        yield
    except Refusal:  # nothing has moved
        move.delete()
        raise
    card.refresh(repo, after=move)


def announce(repo_pk: int) -> BranchMove:
    """Write the note, which outlives this process; hand it to `card.refresh` when the branch has moved."""
    return BranchMove.objects.create(repo_id=repo_pk)


def follow_first(repo: Repo) -> None:
    """Read the card of a new repo, whose note was written with its row."""
    card.refresh(repo, after=BranchMove.objects.filter(repo=repo).first())


def catch_up() -> None:
    """Let the rows follow that dead processes left behind."""
    for move in list(BranchMove.objects.filter(at__lt=timezone.now() - PATIENCE).select_related("repo")):
        try:
            card.refresh(move.repo, after=move)
        except Repo.DoesNotExist:  # deleted meanwhile, and the note with it
            continue
        except Exception:
            log.exception("The row of repo %s could not be brought up to date", move.repo.public_id)
