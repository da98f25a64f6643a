"""Tables of trusted publishers: which CI jobs may have a token, and which had one."""

from django.db import models

from gatehouse.accounts.models import User, public_id
from gatehouse.repos.models import Repo

PROVIDERS = {"https://token.actions.githubusercontent.com": "GitHub Actions", "https://gitlab.com": "GitLab"}
# The claims that say best whose job it is, best first.
NAMING = ("repository", "project_path", "sub")


class TrustedPublisher(models.Model):
    """CI jobs that act with a person's rights: they publish to `repo`, or, without one, read gated repos as `user`.

    `claims` is what a job's token must say, letter for letter.
    """

    public_id = models.CharField(max_length=24, unique=True, default=public_id)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")  # who added it
    repo = models.ForeignKey(Repo, models.CASCADE, null=True, related_name="+")
    issuer = models.CharField(max_length=255)
    claims = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        """Name it as in commits: acme/training (GitHub Actions)."""
        whose = next((self.claims[name] for name in NAMING if name in self.claims), next(iter(self.claims.values())))
        return f"{whose[:100]} ({PROVIDERS.get(self.issuer, self.issuer.partition('://')[2][:60])})"


class JobExchange(models.Model):
    """A job's token that was exchanged: by its digest, and the address that it came from."""

    publisher = models.ForeignKey(TrustedPublisher, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publisher", "digest"], name="job_exchanged_once")]

    def __str__(self) -> str:
        return f"{self.publisher} from {self.address}"
