"""Webhooks on their way: told once, tried again, never lost, and nobody held up by a receiver that fails."""

import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from factories import make_repo, make_user, make_webhook
from gatehouse.access.webhooks import may_hear
from gatehouse.accounts.models import User
from gatehouse.outbox import posting, webhooks
from gatehouse.outbox.webhook_models import Webhook, WebhookDelivery, WebhookEvent
from receiver import Receiver, respond

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def deliver() -> int:
    return webhooks.deliver_due(may_hear)


def time_passes(**much: int) -> None:
    """Bring all that is planned nearer."""
    later = timedelta(**much)
    for webhook in Webhook.objects.all():
        Webhook.objects.filter(pk=webhook.pk).update(
            rests_until=webhook.rests_until - later, held_until=webhook.held_until - later
        )
    for delivery in WebhookDelivery.objects.all():
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            next_at=delivery.next_at - later, give_up_at=delivery.give_up_at - later
        )


def test_it_is_told_once_with_its_secret_and_a_proof(alice: User, receiver: Receiver) -> None:
    webhook = make_webhook(alice, receiver.url, secret="open sesame")
    repo = make_repo(alice, "tern")
    assert (deliver(), deliver()) == (1, 0)
    [told] = receiver.told
    assert told.payload["event"] == {"action": "create", "scope": "repo"}
    assert told.payload["webhook"] == {"id": webhook.public_id, "version": 3}
    shown = told.payload["repo"]
    assert (shown["name"], shown["id"], shown["headSha"]) == ("alice/tern", repo.public_id, repo.head)
    assert (shown["type"], shown["private"], shown["owner"]) == ("model", False, {"id": alice.public_id})
    assert told.headers["X-Webhook-Secret"] == "open sesame"
    proof = hmac.new(b"open sesame", told.body, hashlib.sha256).hexdigest()
    assert told.headers["X-Gatehouse-Signature"] == f"sha256={proof}"
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status, delivery.answer, delivery.attempts) == ("sent", 200, "thank you", 1)
    assert told.headers["X-Gatehouse-Delivery"] == delivery.public_id


def test_an_event_goes_with_its_transaction(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)

    def change_nothing() -> None:
        with transaction.atomic():
            make_repo(alice, "tern")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_nothing()
    assert not WebhookEvent.objects.exists()
    assert deliver() == 0


def test_what_is_refused_is_tried_again_after_growing_pauses(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    receiver.answer = lambda handler: respond(handler, 503, b"later, please")
    assert (deliver(), deliver()) == (0, 0)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status, delivery.answer) == ("waiting", 503, "later, please")
    time_passes(seconds=11)
    deliver()
    time_passes(seconds=11)
    deliver()
    assert len(receiver.told) == 2
    receiver.answer = lambda handler: respond(handler, 204)
    time_passes(seconds=11)
    assert deliver() == 1
    assert [each.headers["X-Gatehouse-Delivery"] for each in receiver.told] == [delivery.public_id] * 3
    assert Webhook.objects.get().failures == 0


def test_it_is_given_up_after_three_days_and_sent_again_on_request(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    receiver.answer = lambda handler: respond(handler, 500)
    deliver()
    time_passes(days=3)
    deliver()
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "failed"
    time_passes(days=1)
    assert deliver() == 0
    receiver.answer = lambda handler: respond(handler, 200)
    webhooks.again(delivery)
    assert deliver() == 1
    assert WebhookDelivery.objects.get().state == "sent"


def test_one_event_that_a_receiver_never_takes_does_not_hold_up_the_next(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    receiver.answer = lambda handler: respond(handler, 500 if b"poison" in receiver.told[-1].body else 200)
    make_repo(alice, "poison")
    make_repo(alice, "tern")
    deliver()
    time_passes(seconds=11)
    webhooks_taken = deliver()
    assert webhooks_taken == 1
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting", "sent"}


def test_one_whose_turn_breaks_holds_up_nobody(
    alice: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_webhook(alice, "http://broken.example/")
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")

    def post(url: str, *letter: Any) -> posting.Reply:
        return posting.post(url, *letter) if url == receiver.url else posting.post(url, None)  # type: ignore[arg-type]

    monkeypatch.setattr(webhooks, "post", post)
    assert deliver() == 1
    assert len(receiver.told) == 1
    broken.refresh_from_db()
    assert (broken.failures, broken.rests_until > timezone.now()) == (1, True)


def test_a_webhook_that_is_disabled_rests_and_hears_nothing_new(alice: User, receiver: Receiver) -> None:
    webhook = make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    Webhook.objects.update(disabled=True)
    make_repo(alice, "wren")
    assert deliver() == 0
    Webhook.objects.filter(pk=webhook.pk).update(disabled=False)
    deliver()
    assert [told.payload["repo"]["name"] for told in receiver.told] == ["alice/tern"]


def test_what_happened_long_ago_is_forgotten(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    deliver()
    webhooks.prune()
    assert WebhookDelivery.objects.exists()
    WebhookEvent.objects.update(at=timezone.now() - webhooks.KEPT)
    webhooks.prune()
    assert not WebhookDelivery.objects.exists()


def test_a_redirect_is_an_answer_and_not_followed(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    receiver.answer = lambda handler: respond(handler, 307, Location=f"http://127.0.0.1:{receiver.port}/elsewhere")
    deliver()
    assert [told.path for told in receiver.told] == ["/hook"]
    assert WebhookDelivery.objects.get().status == 307


def test_a_huge_answer_is_not_read(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")

    def flood(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            hung_up.set()

    hung_up = Event()
    receiver.answer = flood
    assert deliver() == 1
    assert hung_up.wait(10)
    assert len(WebhookDelivery.objects.get().answer) == webhooks.ANSWER_KEPT


@pytest.mark.parametrize(
    ("dribble", "state"),
    [(b"x", "waiting"), (b"HTTP/1.1 200 OK\r\nX-", "sent"), (b"HTTP/1.1 200 OK\r\n\r\n", "sent")],
)
def test_who_answers_one_byte_at_a_time_is_hung_up_on(
    alice: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, dribble: bytes, state: str
) -> None:
    def slowly(handler: Any) -> None:
        try:
            handler.wfile.write(dribble)
            while not over.wait(0.1):
                handler.wfile.write(b"x")
        except OSError:
            pass

    over = Event()
    monkeypatch.setattr(posting, "DEADLINE_S", 3.0)
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    receiver.answer = slowly
    started = time.monotonic()
    deliver()
    over.set()
    assert time.monotonic() - started < 10
    assert WebhookDelivery.objects.get().state == state


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_event_once(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    for number in range(10):
        make_repo(alice, f"repo-{number}")
    together = Barrier(2)

    def work() -> int:
        together.wait()
        try:
            return deliver()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        taken = sum(job.result() for job in [pool.submit(work), pool.submit(work)])
    assert taken == len(receiver.told) == 10
    assert [told.payload["repo"]["name"] for told in receiver.told] == [f"alice/repo-{n}" for n in range(10)]


def test_a_worker_that_dies_leaves_its_webhook_to_the_others(alice: User, receiver: Receiver) -> None:
    webhook = make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    assert webhooks._claim(webhook.pk)
    assert deliver() == 0
    time_passes(minutes=6)
    assert deliver() == 1


def test_a_worker_that_was_away_for_too_long_tells_nothing_twice(alice: User, receiver: Receiver) -> None:
    make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    stale = WebhookDelivery.objects.select_related("event", "webhook").get()
    deliver()
    webhooks._send(stale)
    assert len(receiver.told) == 1
