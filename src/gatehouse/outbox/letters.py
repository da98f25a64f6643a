"""Letters: written into the outbox, in the transaction of what they tell of."""

from collections.abc import Mapping

from django.conf import settings
from django.template.loader import render_to_string

from gatehouse.outbox.models import Letter

SUBJECT_LENGTH = 300


def write(to: str, template: str, context: Mapping[str, object]) -> Letter:
    """Put one letter into the outbox, from the folder `letters/<template>` with subject.txt, body.txt, body.html."""
    full = {"hub_name": settings.HUB_NAME, "hub_url": settings.PUBLIC_URL, **context}
    return put(
        to,
        render_to_string(f"letters/{template}/subject.txt", full),
        render_to_string(f"letters/{template}/body.txt", full),
        render_to_string(f"letters/{template}/body.html", full),
    )


def put(to: str, subject: str, text: str, html: str = "") -> Letter:
    return Letter.objects.create(to=to, subject=" ".join(subject.split())[:SUBJECT_LENGTH], text=text, html=html)
