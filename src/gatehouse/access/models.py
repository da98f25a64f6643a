"""The book of access requests and of what happened to them. Only this package reads and writes it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gatehouse.access import publisher_models as publisher_models  # Django looks for tables in this module
from gatehouse.accounts.models import Namespace, User, public_id
from gatehouse.repos.models import Repo
from gatehouse.storage.ordered_json import OrderedJSONField


class Status(models.TextChoices):
    """Where a request stands (GATING §1.2)."""

    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    RESET = "reset", _("Reset")


class AccessRequest(models.Model):
    """One user's wish for one repo's files."""

    public_id = models.CharField(max_length=24, unique=True, default=public_id)
    repo = models.ForeignKey(Repo, models.CASCADE, related_name="access_requests")
    user = models.ForeignKey(User, models.CASCADE, related_name="access_requests")
    status = models.CharField(max_length=8, choices=Status)
    fields = OrderedJSONField(default=dict)  # answers by label, in the form's order
    submitted = models.BooleanField(default=True)  # False: granted to somebody who never asked, nor shared an e-mail
    timestamp = models.DateTimeField()  # of the submission
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "user"], name="one_request_per_repo_and_user"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="request_status_is_known"),
        ]
        indexes = [models.Index(fields=["repo", "status", "-timestamp", "-id"], name="request_lists")]

    def __str__(self) -> str:
        return f"{self.user} -> {self.repo}: {self.status}"


class AccessEvent(models.Model):
    """One transition, written in its transaction and never changed. Names outlive accounts and repos."""

    repo = models.ForeignKey(Repo, models.SET_NULL, null=True, related_name="access_events")
    repo_name = models.CharField(max_length=202)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    username = models.CharField(max_length=96)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    by_username = models.CharField(max_length=96)
    action = models.CharField(max_length=16)
    before = models.CharField(max_length=8, blank=True)
    after = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["repo", "id"], name="events_of_a_repo")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_username} {self.action} {self.username}"


class NoticeAddress(models.Model):
    """An address to which the authors of a namespace want letters about requests sent, and whether it agreed."""

    namespace = models.ForeignKey(Namespace, models.CASCADE, related_name="+")
    email = models.EmailField(db_index=True)  # in lower case
    asked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)  # somebody there has had enough: it is neither written to nor asked

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "email"], name="one_notice_address")]

    def __str__(self) -> str:
        return f"{self.email} for {self.namespace}"
