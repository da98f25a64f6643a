"""Sends the letters that are due. Several workers may run: a letter is claimed by a conditional UPDATE."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from gatehouse.outbox.models import Letter

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than any SMTP exchange with its 20 s time-outs
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
HELD = (Letter.State.WAITING, Letter.State.SENDING)
PERMANENT = range(550, 560)


def deliver_due(limit: int = 100, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Try every letter that is due and give the number sent; a letter that is refused for now waits ever longer.

    Between two letters `stop` is asked whether to leave the others for later. Raises OSError when the mail server
    is away; then the letters stay due, and the caller is to pause.
    """
    now = timezone.now()
    due = Letter.objects.filter(state__in=HELD, next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    waiting = list(due[:limit])
    if not waiting:
        return 0
    sent = 0
    with _mail_server() as server:
        for pk in waiting:
            if stop():
                break
            sent += _deliver(pk, server)
    return sent


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend | None]:
    """Hold one connection for all letters of a round; None where there is no server, but a file for each letter."""
    if not settings.EMAIL_HOST:
        yield None
        return
    with get_connection() as server:
        yield server


def _deliver(pk: int, server: BaseEmailBackend | None) -> bool:
    letter = _claim(pk)
    if letter is None:
        return False
    try:
        _message(letter, server).send()
    except (SMTPRecipientsRefused, SMTPResponseException, ValueError) as error:  # ValueError: an impossible header
        _put_back(letter, error, final=_is_final(error))
    except OSError as error:
        _put_back(letter, error, final=False)
        raise
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


def _is_final(error: Exception) -> bool:
    """Whether trying again is of no use: no such recipient, or a text that the server will not have."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code in PERMANENT
    return isinstance(error, ValueError)


def _put_back(letter: Letter, error: Exception, *, final: bool) -> None:
    pause = min(PAUSE * 2 ** min(letter.attempts - 1, 12), LONGEST_PAUSE)
    log.warning("letter %s to %s not sent (attempt %s): %s", letter.pk, letter.to, letter.attempts, error)
    Letter.objects.filter(pk=letter.pk).update(
        state=Letter.State.FAILED if final else Letter.State.WAITING,
        next_at=timezone.now() + pause,
        error=str(error)[:1000],
    )


def _message(letter: Letter, server: BaseEmailBackend | None) -> EmailMultiAlternatives:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    # The same Message-ID at every attempt: should a crash fall between the server's yes and our note of it,
    # mail programs see one letter, not two.
    message_id = f"<letter-{letter.pk}-{letter.created_at:%Y%m%d%H%M%S%f}@{host}>"
    # Absent people's mail programs do not answer what says that no person has sent it (RFC 3834).
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    if letter.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.to], headers=headers, connection=server)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message
