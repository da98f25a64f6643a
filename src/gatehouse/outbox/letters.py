"""Letters: written into the outbox, in the transaction of what they tell of."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from gatehouse.outbox.models import Letter

SUBJECT_LENGTH = 300


def write(
    to: str, template: str, context: Mapping[str, object], *, topic: str = "", after: timedelta = timedelta()
) -> Letter:
    """Put one letter into the outbox, from the folder `letters/<template>` with subject.txt, body.txt, body.html.

    It leaves when `after` has passed; until then `recall` takes back all letters of its `topic`.
    """
    full = {"hub_name": settings.HUB_NAME, "hub_url": settings.PUBLIC_URL, **context}
    return put(
        to,
        render_to_string(f"letters/{template}/subject.txt", full),
        render_to_string(f"letters/{template}/body.txt", full),
        render_to_string(f"letters/{template}/body.html", full),
        topic=topic,
        next_at=timezone.now() + after,
    )


def put(to: str, subject: str, text: str, html: str = "", **more: object) -> Letter:
    subject = " ".join(subject.split())[:SUBJECT_LENGTH]
    return Letter.objects.create(to=to, subject=subject, text=text, html=html, **more)


def recall(topic: str) -> bool:
    """Take back what has not left yet; give whether there was such a letter."""
    return bool(Letter.objects.filter(topic=topic, state=Letter.State.WAITING, attempts=0).delete()[0])
