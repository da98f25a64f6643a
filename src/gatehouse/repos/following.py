"""A hub follows its branches and tags, also when the process that moved them dies before it could.

A note of what is about to move is written first. It goes in the transaction in which the repo's row follows its
default branch and webhooks are told. Notes that stay are those of processes that died; any worker on any machine
reads those repos anew.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gatehouse.repos import card, webhook_events
from gatehouse.repos.models import BranchMove, Repo
from gatehouse.repos.repositories import git_path, open_git
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_refs import Update, noting_moves, positions
from gatehouse.storage.git_upkeep import keep_dropped, moving_refs

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)  # by then a process that lives has moved its branch, and the row has followed
DEFAULT_REF = f"refs/heads/{card.DEFAULT_BRANCH}"


@contextmanager
def following(repo: Repo, *refs: str) -> Iterator[None]:
    """Move `refs` (full names) of `repo` in here."""
    move = announce(repo.pk, positions(open_git(repo.public_id), refs))
    with moving_refs(git_path(repo.public_id)), noting_moves() as moved:
        try:
            yield
        except Refusal:
            if moved:  # some of them, before another one could not
                follow(repo, move, moved)
            else:
                move.delete()
            raise
        follow(repo, move, moved)


def announce(repo_pk: int, were: Mapping[str, str]) -> BranchMove:
    """Write the note, which outlives this process, of where refs are that shall move; hand it to `follow` then."""
    return BranchMove.objects.create(repo_id=repo_pk, were=were)


def follow(repo: Repo, move: BranchMove, moved: Sequence[Update]) -> None:
    """Let the row of `repo` follow, and webhooks hear, of what has `moved`."""
    keep_dropped(open_git(repo.public_id), moved, timezone.now())
    with transaction.atomic():
        if DEFAULT_REF in move.were:
            card.refresh(repo, after=move)
        else:
            move.delete()
        webhook_events.refs_moved(repo, moved)


def follow_first(repo: Repo) -> None:
    """Read the card of a new repo, whose note was written with its row."""
    card.refresh(repo, after=BranchMove.objects.filter(repo=repo).first())


def catch_up() -> None:
    """Let the rows follow that dead processes left behind."""
    for move in list(BranchMove.objects.filter(at__lt=timezone.now() - PATIENCE).select_related("repo__namespace")):
        try:
            _catch_up_with(move)
        except Repo.DoesNotExist:  # deleted meanwhile, and the note with it
            continue
        except Exception:
            log.exception("The row of repo %s could not be brought up to date", move.repo.public_id)


def _catch_up_with(move: BranchMove) -> None:
    """What had moved is found by looking where it is now: several moves of one ref are told of as one."""
    with transaction.atomic():
        card.refresh(move.repo)
        # Here the row is locked: of two workers one finds the note.
        if BranchMove.objects.filter(pk=move.pk).delete()[0]:
            now = positions(open_git(move.repo.public_id), move.were)
            moved = [Update(old, now[ref], ref) for ref, old in move.were.items() if now[ref] != old]
            keep_dropped(open_git(move.repo.public_id), moved, timezone.now())
            webhook_events.refs_moved(move.repo, moved)
