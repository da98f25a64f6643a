"""Sends what webhooks are to be told. Several workers may run: a webhook is claimed by a conditional UPDATE.

Whoever holds a webhook sends what is due to it, one after the other, for a short while. A receiver that fails rests
ever longer, so that it holds up neither the others nor this hub.
"""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Protocol

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from gatehouse import __version__
from gatehouse.outbox.posting import Reply, Undeliverable, post
from gatehouse.outbox.webhook_models import Webhook, WebhookDelivery, WebhookEvent

log = logging.getLogger(__name__)

State = WebhookDelivery.State
LEASE = timedelta(minutes=5)  # far longer than TURN_S and the one POST under way when it is over
TURN_S = 10.0
PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
KEPT = timedelta(days=14)
ANSWER_KEPT = 1000  # characters

# Asks the gate whether a webhook's owner may know of an event at this moment.
MayHear = Callable[[WebhookDelivery], bool]


class Each(Protocol):
    """`map`, or that of a pool of threads."""

    def __call__(self, work: Callable[[int], int], webhooks: list[int], /) -> Iterable[int]: ...


def deliver_due(may_hear: MayHear, *, stop: Callable[[], bool] = lambda: False, each: Each = map) -> int:
    """Give every webhook that has something due its turn; return how many events were taken."""
    due = Exists(_due(OuterRef("pk")))
    waiting = list(_ready().filter(due).order_by("rests_until").values_list("pk", flat=True))
    return sum(each(lambda pk: 0 if stop() else _turn(pk, may_hear, stop), waiting))


def prune() -> None:
    """Forget what happened long ago, and how telling of it went."""
    WebhookEvent.objects.filter(at__lt=timezone.now() - KEPT).delete()


def again(delivery: WebhookDelivery) -> None:
    """Send an event once more, whatever became of it, and at once: whoever asks believes the receiver is well."""
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state=State.WAITING, next_at=now, give_up_at=now + GIVE_UP_AFTER
    )
    Webhook.objects.filter(pk=delivery.webhook_id).update(rests_until=now)


def _ready() -> QuerySet[Webhook]:
    now = timezone.now()
    return Webhook.objects.filter(disabled=False, rests_until__lte=now, held_until__lte=now)


def _due(webhook: Any) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(webhook=webhook, state=State.WAITING, next_at__lte=timezone.now())


def _turn(pk: int, may_hear: MayHear, stop: Callable[[], bool]) -> int:
    """Send what is due to one webhook, oldest first, until one fails or its time is over."""
    webhook = _claim(pk)
    if webhook is None:
        return 0
    taken, over, well = 0, time.monotonic() + TURN_S, True
    try:
        while well and not stop() and time.monotonic() < over:
            delivery = _due(webhook).select_related("event", "webhook").order_by("next_at", "pk").first()
            if delivery is None:
                break
            if may_hear(delivery):
                well = _send(delivery)
                taken += well
            else:
                delivery.delete()  # not even its log may tell of it
    except Exception:  # nobody's webhook may hold up those of others
        log.exception("webhook %s", webhook.public_id)
        well = False
    finally:
        _let_go(webhook, taken=taken, well=well)
    return taken


def _claim(pk: int) -> Webhook | None:
    held_until = timezone.now() + LEASE
    won = _ready().filter(pk=pk).update(held_until=held_until)
    return Webhook.objects.filter(pk=pk, held_until=held_until).first() if won else None


def _let_go(webhook: Webhook, *, taken: int, well: bool) -> None:
    now = timezone.now()
    failures = (0 if taken or well else webhook.failures) + (not well)
    Webhook.objects.filter(pk=webhook.pk, held_until=webhook.held_until).update(
        held_until=now,
        failures=failures,
        rests_until=now if well else now + _pause(failures),
        last_sent_at=now if taken else webhook.last_sent_at,
    )


def _send(delivery: WebhookDelivery) -> bool:
    """Try once, and note how it went; whether the receiver took it."""
    now = timezone.now()
    held = WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=State.WAITING)
    if not held.update(attempts=F("attempts") + 1, tried_at=now, next_at=now + LEASE):
        return True  # another worker has it: this one was away for longer than its lease
    try:
        reply = post(delivery.webhook.url, *_letter(delivery))
    except Undeliverable as error:
        reply = Reply(0, str(error), round(1000 * (timezone.now() - now).total_seconds()))
    taken = 200 <= reply.status < 300  # noqa: PLR2004 - HTTP's own numbers
    attempts = delivery.attempts + 1
    next_at = timezone.now() + _pause(attempts)
    state = State.SENT if taken else State.FAILED if next_at >= delivery.give_up_at else State.WAITING
    WebhookDelivery.objects.filter(pk=delivery.pk, attempts=attempts).update(
        state=state,
        next_at=next_at,
        status=reply.status or None,
        answer=reply.text[:ANSWER_KEPT],
        duration_ms=reply.duration_ms,
    )
    if not taken:
        log.info("webhook %s not taken (attempt %s): %s", delivery.public_id, attempts, reply.status or reply.text)
    return taken


def _pause(failures: int) -> timedelta:
    return min(PAUSE * (1 << min(failures - 1, 12)), LONGEST_PAUSE)


def _letter(delivery: WebhookDelivery) -> tuple[bytes, dict[str, str]]:
    """Give the body and the headers: the Hub's, and two of our own that make a delivery recognizable and provable."""
    webhook = delivery.webhook
    body = json.dumps(payload(delivery), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Gatehouse/{__version__}",
        "X-Gatehouse-Delivery": delivery.public_id,
    }
    if webhook.secret:
        signature = hmac.new(webhook.secret.encode(), body, hashlib.sha256).hexdigest()
        headers |= {"X-Webhook-Secret": webhook.secret, "X-Gatehouse-Signature": f"sha256={signature}"}
    return body, headers


def payload(delivery: WebhookDelivery) -> dict[str, object]:
    """What is sent: the event, and to whom."""
    return {**delivery.event.payload, "webhook": {"id": delivery.webhook.public_id, "version": 3}}
