"""Letters that need somebody's attention: looked at, tried again, dropped."""

import logging

from django.db.models import QuerySet
from django.utils import timezone

from gatehouse.outbox.models import Letter

log = logging.getLogger(__name__)


def unsent() -> QuerySet[Letter]:
    return Letter.objects.exclude(state=Letter.State.SENT)


def retry(letters: QuerySet[Letter], *, by: str) -> int:
    """Let the worker try those that failed again, and give their number."""
    failed = letters.filter(state=Letter.State.FAILED)
    count = failed.update(state=Letter.State.WAITING, next_at=timezone.now(), attempts=0)
    log.info("%s has %s letters tried again", by, count)
    return count


def drop(letters: QuerySet[Letter], *, by: str) -> int:
    """Give those that failed up for good, and give their number; one that a worker holds stays."""
    count, _ = letters.filter(state=Letter.State.FAILED).delete()
    log.warning("%s dropped %s letters", by, count)
    return count
