"""Makes what was written a moment ago look as old as it is meant to be."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pygit2
from pygit2.enums import SortMode

from gatehouse.access.models import AccessEvent, AccessRequest
from gatehouse.access.notices import DIGEST_EVERY
from gatehouse.outbox.models import Letter
from gatehouse.repos import card
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import open_git

MAIN = "refs/heads/main"
LONG_SENT = timedelta(days=2)  # letters older than this count as sent


def age_history(repo: Repo, now: datetime, days: Sequence[float]) -> None:
    """Write the commits of the default branch again, each as many days ago as said, oldest first."""
    git = open_git(repo.public_id)
    order = SortMode.TOPOLOGICAL | SortMode.REVERSE
    parents: list[pygit2.Oid] = []
    for commit, ago in zip(git.walk(git.references[MAIN].target, order), days, strict=True):
        moment = int((now - timedelta(days=ago)).timestamp())
        who = pygit2.Signature(commit.author.name, commit.author.email, moment, 0)
        parents = [git.create_commit(None, who, who, commit.message, commit.tree_id, parents)]
    git.references.create(MAIN, parents[0], force=True)
    Repo.objects.filter(pk=repo.pk).update(created_at=now - timedelta(days=days[0]))
    card.refresh(repo)
    repo.refresh_from_db()


def age_digests(now: datetime) -> None:
    """Let the last daily letters be so old that the next ones are due."""
    Repo.objects.filter(digest_at__isnull=False).update(digest_at=now - 2 * DIGEST_EVERY)


def age_step(request: AccessRequest | None, moment: datetime, letters_before: int) -> None:
    """Date the newest event, its request (None: it was taken back) and the letters it caused."""
    event = AccessEvent.objects.latest("pk")
    AccessEvent.objects.filter(pk=event.pk).update(at=moment)
    Letter.objects.filter(pk__gt=letters_before).update(created_at=moment)
    if request is None:
        return
    row = AccessRequest.objects.filter(pk=request.pk)
    if event.action == "submit" or not event.before:
        row.update(timestamp=moment)
    row.filter(reviewed_at__isnull=False).update(reviewed_at=moment)


def close_old_letters(now: datetime) -> None:
    """Count the older letters as sent, so that only those of the last days are."""
    old = Letter.objects.filter(created_at__lt=now - LONG_SENT).iterator()
    for letter in old:
        sent = letter.created_at + timedelta(seconds=4)
        Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, attempts=1, sent_at=sent)
