"""Tables of webhooks: whom they tell of what, what happened, and how each telling went."""

import secrets
from urllib.parse import urlsplit

from django.db import models
from django.utils import timezone


def webhook_id() -> str:
    """Make the 24 hex digits by which clients know a webhook, and receivers a delivery."""
    return secrets.token_hex(12)


class Webhook(models.Model):
    """An address that a person wants told of what happens. `secret` is sent along, so it is kept as it is."""

    class Domain(models.TextChoices):
        """What a webhook hears of; the last one is not the Hub's."""

        REPO = "repo"
        DISCUSSION = "discussion"  # which this hub does not have: clients choose it by default
        ACCESS_REQUEST = "access_request"

    public_id = models.CharField(max_length=24, unique=True, default=webhook_id)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000)
    secret = models.CharField(max_length=256, blank=True)
    domains = models.JSONField(default=list)
    disabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_sent_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)  # since the last success; the pauses grow with them
    rests_until = models.DateTimeField(default=timezone.now)  # after a failure
    held_until = models.DateTimeField(default=timezone.now)  # by the worker that has claimed it

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.url} of {self.user}"

    @property
    def host(self) -> str:
        """Whom it tells, without what may be secret in its address."""
        return urlsplit(self.url).hostname or ""


class Watched(models.Model):
    """A repo, or all repos of a user or an organization, by the lower-case name that its watcher gave."""

    class Type(models.TextChoices):
        """As the Hub calls them."""

        MODEL = "model"
        DATASET = "dataset"
        SPACE = "space"
        USER = "user"
        ORG = "org"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="watched")
    type = models.CharField(max_length=7, choices=Type)
    name = models.CharField(max_length=193)
    key = models.CharField(max_length=193)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "type", "webhook"], name="one_item_watched_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}"


class WebhookEvent(models.Model):
    """Something that happened to a repo; beside its payload what the gate must know once the repo is gone."""

    repo = models.ForeignKey("repos.Repo", models.SET_NULL, null=True, related_name="+")
    namespace = models.ForeignKey("accounts.Namespace", models.CASCADE, related_name="+")
    creator = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    private = models.BooleanField()
    managers_only = models.BooleanField(default=False)
    payload = models.JSONField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.payload['event']} of {self.payload['repo']['name']}"


class WebhookDelivery(models.Model):
    """One event on its way to one webhook, and how that went. Until it is sent, nobody has asked the gate about it."""

    class State(models.TextChoices):
        """A delivery waits, through all its attempts, until the receiver took it or it is given up."""

        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    public_id = models.CharField(max_length=24, unique=True, default=webhook_id)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    give_up_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)  # the receiver's, of the last attempt
    answer = models.TextField(blank=True)  # its first part, or why there was none
    duration_ms = models.IntegerField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["webhook", "next_at"], name="webhooks_due", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}: {self.state}"
