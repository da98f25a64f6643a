"""Letters: written into the outbox, in the transaction of what they tell of.

A letter is a folder `letters/NAME` with `subject.txt` and `body.txt`. The body fills the blocks of a layout, once as
text and once as HTML: `lead` (what happened), `action` (what the one button says), `after`, `why` (why one gets it).
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from gatehouse.outbox.models import Letter

SUBJECT_LENGTH = 300


def write(
    to: str,
    template: str,
    context: Mapping[str, object],
    *,
    language: str = "",
    topic: str = "",
    after: timedelta = timedelta(),
) -> Letter:
    """Put one letter into the outbox, in the recipient's language where that is known.

    Of the context the layout itself shows `details` (pairs of label and text, or a call that gives them), `action_url`
    and `unsubscribe_url`. The letter leaves when `after` has passed; until then `recall` takes back all letters of its
    `topic`.
    """
    folder = f"letters/{template}/"
    with translation.override(language or settings.LANGUAGE_CODE):
        return render(to, f"{folder}subject.txt", f"{folder}body.txt", context, topic=topic, after=after)


def render(
    to: str,
    subject_template: str,
    body_template: str,
    context: Mapping[str, object],
    *,
    topic: str = "",
    after: timedelta = timedelta(),
) -> Letter:
    """Put a letter of these two templates into the outbox, in the language that is active."""
    full: dict[str, object] = {"hub_name": settings.HUB_NAME, "hub_url": settings.PUBLIC_URL, **context}
    subject = render_to_string(subject_template, full)
    return put(
        to,
        subject,
        _tidy(render_to_string(body_template, {**full, "layout": "letters/layout.txt"})),
        render_to_string(body_template, {**full, "layout": "letters/layout.html", "subject": subject.strip()}),
        unsubscribe_url=full.get("unsubscribe_url", ""),
        topic=topic,
        next_at=timezone.now() + after,
    )


def put(to: str, subject: str, text: str, html: str = "", **more: object) -> Letter:
    subject = " ".join(subject.split())[:SUBJECT_LENGTH]
    return Letter.objects.create(to=to, subject=subject, text=text, html=html, **more)


def _tidy(text: str) -> str:
    """Close the gaps that empty blocks left."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip() + "\n"


def recall(topic: str) -> bool:
    """Take back what has not left yet; give whether there was such a letter."""
    return bool(Letter.objects.filter(topic=topic, state=Letter.State.WAITING, attempts=0).delete()[0])
