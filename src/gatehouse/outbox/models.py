"""The table of letters that wait to be sent, or were."""

from django.db import models
from django.utils import timezone

from gatehouse.outbox import webhook_models as webhook_models  # Django looks for tables in this module


class Letter(models.Model):
    """A letter, written in the transaction that caused it; the worker sends it (see delivery.py)."""

    class State(models.TextChoices):
        """A letter is `sending` while one worker holds it, until `next_at`."""

        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    unsubscribe_url = models.TextField(blank=True)  # ends letters of this sort, without signing in (RFC 8058)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    topic = models.CharField(max_length=80, blank=True)  # what it tells of, where it may still be recalled
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "next_at"], name="letters_due"),
            models.Index(fields=["topic"], name="letters_of_topic", condition=~models.Q(topic="")),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
