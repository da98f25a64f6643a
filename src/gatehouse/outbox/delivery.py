"""Sends the letters that are due. Several workers may run: a letter is claimed by a conditional UPDATE."""

import logging
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from itertools import takewhile
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone

from gatehouse.outbox.models import Letter

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than any SMTP exchange with its 20 s time-outs
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
HELD = (Letter.State.WAITING, Letter.State.SENDING)
PERMANENT = range(550, 560)


def deliver_due(limit: int = 100, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Try every letter that is due; give the number sent. A letter that cannot be sent now waits longer and longer.

    Between two letters `stop` is asked whether to leave the others for later.
    """
    now = timezone.now()
    due = Letter.objects.filter(state__in=HELD, next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    return sum(_deliver(pk) for pk in takewhile(lambda _: not stop(), list(due[:limit])))


def _deliver(pk: int) -> bool:
    letter = _claim(pk)
    if letter is None:
        return False
    try:
        _message(letter).send()
    except SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        _put_back(letter, error, final=all(code in PERMANENT for code in codes))
    except (OSError, ValueError) as error:  # SMTPException is an OSError; ValueError: a header nobody can write
        _put_back(letter, error, final=isinstance(error, ValueError))
    else:
        Letter.objects.filter(pk=pk).update(state=Letter.State.SENT, sent_at=timezone.now(), error="")
        return True
    return False


def _claim(pk: int) -> Letter | None:
    now = timezone.now()
    won = Letter.objects.filter(pk=pk, state__in=HELD, next_at__lte=now).update(
        state=Letter.State.SENDING, next_at=now + LEASE, attempts=F("attempts") + 1
    )
    return Letter.objects.get(pk=pk) if won else None


def _put_back(letter: Letter, error: Exception, *, final: bool) -> None:
    pause = min(PAUSE * 2 ** min(letter.attempts, 12), LONGEST_PAUSE)
    log.warning("letter %s to %s not sent (attempt %s): %s", letter.pk, letter.to, letter.attempts, error)
    Letter.objects.filter(pk=letter.pk).update(
        state=Letter.State.FAILED if final else Letter.State.WAITING,
        next_at=timezone.now() + pause,
        error=str(error)[:1000],
    )


def _message(letter: Letter) -> EmailMultiAlternatives:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    # The same Message-ID at every attempt: should a crash fall between the server's yes and our note of it,
    # mail programs see one letter, not two.
    message = EmailMultiAlternatives(
        letter.subject, letter.text, to=[letter.to], headers={"Message-ID": f"<letter-{letter.pk}@{host}>"}
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message
