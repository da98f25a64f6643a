"""Letters on their way: sent once, kept while nobody takes them, given up only for good reasons."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from gatehouse.outbox import delivery, letters
from gatehouse.outbox.models import Letter
from mail_server import MailServer

pytestmark = pytest.mark.django_db


def put(to: str = "bob@example.org", subject: str = "Hello") -> Letter:
    return letters.put(to, subject, "Dear Bob,", "<p>Dear Bob,</p>")


def make_due() -> None:
    Letter.objects.update(next_at=timezone.now() - timedelta(seconds=1))


def test_it_sends_a_letter_as_text_and_html(by_smtp: MailServer) -> None:
    letter = put(subject="Grüße")
    assert delivery.deliver_due() == 1
    (envelope,) = by_smtp.received
    assert envelope.rcpt_tos == ["bob@example.org"]
    assert b"text/plain" in envelope.content
    assert b"text/html" in envelope.content
    assert b"Auto-Submitted: auto-generated" in envelope.content
    letter.refresh_from_db()
    assert letter.state == "sent"
    assert letter.sent_at is not None


def test_it_sends_nothing_twice(by_smtp: MailServer) -> None:
    put()
    assert [delivery.deliver_due(), delivery.deliver_due()] == [1, 0]
    assert len(by_smtp.received) == 1


def test_it_touches_no_letter_while_the_server_is_away(by_smtp: MailServer) -> None:
    put()
    by_smtp.stop()
    with pytest.raises(OSError, match="refused"):
        delivery.deliver_due()
    assert Letter.objects.get().attempts == 0
    by_smtp.start()
    assert delivery.deliver_due() == 1


def test_it_waits_longer_after_each_refusal_for_now(by_smtp: MailServer) -> None:
    put()
    by_smtp.refuse_recipient = lambda _address: "450 mailbox busy"
    pauses = []
    for _ in range(10):
        make_due()
        assert delivery.deliver_due() == 0
        pauses.append(round((Letter.objects.get().next_at - timezone.now()).total_seconds()))
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert delivery.deliver_due() == 0, "it is not due yet"


def test_a_letter_refused_for_now_arrives_later(by_smtp: MailServer) -> None:
    put()
    by_smtp.refuse_data = "451 try again"
    delivery.deliver_due()
    by_smtp.refuse_data = ""
    make_due()
    assert delivery.deliver_due() == 1
    assert Letter.objects.get().error == ""


def test_it_gives_up_on_an_address_that_does_not_exist_and_sends_the_others(by_smtp: MailServer) -> None:
    nobody, bob = put("nobody@example.org"), put()
    by_smtp.refuse_recipient = lambda address: "550 no such user" if address.startswith("nobody") else ""
    assert delivery.deliver_due() == 1
    nobody.refresh_from_db()
    bob.refresh_from_db()
    assert [nobody.state, bob.state] == ["failed", "sent"]
    assert "no such user" in nobody.error


def test_it_gives_up_on_a_text_that_the_server_will_not_have(by_smtp: MailServer) -> None:
    put()
    by_smtp.refuse_data = "554 this is spam"
    delivery.deliver_due()
    assert Letter.objects.get().state == "failed"


def test_it_keeps_one_message_id_over_all_attempts(by_smtp: MailServer) -> None:
    letter = put()
    ids = {delivery._message(Letter.objects.get(pk=letter.pk), None).extra_headers["Message-ID"] for _ in range(2)}
    delivery.deliver_due()
    assert by_smtp.message_ids == list(ids)


def test_it_leaves_the_rest_when_told_to_stop(by_smtp: MailServer) -> None:
    for _ in range(3):
        put()
    delivery.deliver_due(stop=lambda: len(by_smtp.received) == 2)
    assert Letter.objects.filter(state="waiting", attempts=0).count() == 1


def test_a_letter_that_a_dead_worker_held_is_sent_when_its_lease_ends(by_smtp: MailServer) -> None:
    letter = put()
    assert delivery._claim(letter.pk)
    assert delivery.deliver_due() == 0
    make_due()
    assert delivery.deliver_due() == 1


def test_a_letter_goes_with_its_transaction() -> None:
    def change_nothing() -> None:
        with transaction.atomic():
            put()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_nothing()
    assert not Letter.objects.exists()


def test_without_a_mail_server_every_letter_is_a_file(settings: Any) -> None:
    settings.EMAIL_BACKEND = "gatehouse.outbox.files.EmailBackend"
    settings.EMAIL_FILE_PATH = settings.DATA / "letters"
    put(subject="First")
    put(subject="Second")
    assert delivery.deliver_due() == 2
    texts = [path.read_text() for path in (settings.DATA / "letters").glob("*.eml")]
    assert sorted("Subject: First" in text for text in texts) == [False, True]


def test_a_subject_cannot_bring_headers_of_its_own() -> None:
    put(subject="Hello\r\nBcc: all@example.org")
    delivery.deliver_due()
    assert mail.outbox[0].subject == "Hello Bcc: all@example.org"


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_letter_once(by_smtp: MailServer) -> None:
    for number in range(20):
        put(subject=f"Letter {number}")
    together = Barrier(2)

    def work() -> int:
        together.wait()
        try:
            return delivery.deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        sent = sum(job.result() for job in [pool.submit(work), pool.submit(work)])
    assert sent == 20
    assert len(set(by_smtp.message_ids)) == len(by_smtp.received) == 20
