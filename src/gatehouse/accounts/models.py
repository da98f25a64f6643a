"""Tables of people, organizations and access tokens."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


def public_id() -> str:
    """Make the 24 hex digits by which clients know a user, an organization, a repo or a request."""
    return secrets.token_hex(12)


class User(AbstractUser):
    """A person; `email` is always the verified primary address (or the one being verified at sign-up)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    public_id = models.CharField(max_length=24, unique=True, default=public_id)
    fullname = models.CharField(max_length=120, blank=True)
    wants_request_letters = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)  # chosen by the person; empty: what their browser asks for

    def __str__(self) -> str:
        return self.username


class Organization(models.Model):
    """A group of people that owns repos."""

    public_id = models.CharField(max_length=24, unique=True, default=public_id)
    fullname = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    namespace: "Namespace"

    def __str__(self) -> str:
        return self.namespace.name


class Namespace(models.Model):
    """A name that owns repos: of one user or of one organization, unique whatever the case."""

    name = models.CharField(max_length=96)
    key = models.CharField(max_length=96, unique=True)
    user = models.OneToOneField(User, models.CASCADE, null=True, related_name="namespace")
    organization = models.OneToOneField(Organization, models.CASCADE, null=True, related_name="namespace")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, organization__isnull=False)
                | Q(user__isnull=False, organization__isnull=True),
                name="namespace_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def fullname(self) -> str:
        """The owner's full name, or the name itself."""
        owner = self.user or self.organization
        return (owner.fullname if owner else "") or self.name


class Role(models.TextChoices):
    """What a member of an organization may do there."""

    ADMIN = "admin"
    WRITE = "write"
    CONTRIBUTOR = "contributor"
    READ = "read"


class Membership(models.Model):
    """One user's place in one organization; admins are ordered by when they joined."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_membership")]
        ordering = ["joined_at", "id"]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization} as {self.role}"


class Follow(models.Model):
    """One user follows another, or an organization."""

    follower = models.ForeignKey(User, models.CASCADE, related_name="follows")
    followed = models.ForeignKey(Namespace, models.CASCADE, related_name="followers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "followed"], name="followed_once")]

    def __str__(self) -> str:
        return f"{self.follower} follows {self.followed}"


class OAuthApp(models.Model):
    """A program that people may let in; without an owner it registered itself. See oauth_apps.py."""

    client_id = models.CharField(max_length=36, unique=True)
    secret_digest = models.CharField(max_length=64, blank=True)  # none: whoever has its id is this program
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="oauth_apps")
    name = models.CharField(max_length=100)
    redirect_uris = models.TextField()  # one a line
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)  # when somebody let it in

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class ProgramLogin(models.Model):
    """A program that wants in, or is in, by its user's browser; see program_logins.py.

    Those with an `app` came by redirect (RFC 6749), the others by a code that was typed (RFC 8628): `user_code`, which
    is gone once its user decided. Of the codes that the program holds only the SHA-256 is stored. `expires_at` is the
    end of what the program may do next: wait for the person, collect, or renew.
    """

    class Status(models.TextChoices):
        """Where it stands; from `allowed` on it has a user."""

        WAITING = "waiting"
        DENIED = "denied"
        ALLOWED = "allowed"
        IN_USE = "in use"

    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    user_code = models.CharField(max_length=8, unique=True, null=True)  # noqa: DJ001 - many rows have none
    code_digest = models.CharField(max_length=64, unique=True)
    refresh_digest = models.CharField(max_length=64, blank=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    app = models.ForeignKey(OAuthApp, models.CASCADE, null=True, related_name="logins")
    redirect_uri = models.TextField(blank=True)
    code_challenge = models.CharField(max_length=43, blank=True)
    nonce = models.CharField(max_length=255, blank=True)
    signed_in_at = models.DateTimeField(null=True)  # when its user had proved who they are
    scope = models.CharField(max_length=200, blank=True)
    program = models.CharField(max_length=100)
    address = models.CharField(max_length=45)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    polled_at = models.DateTimeField(null=True)
    interval_s = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.program} ({self.status})"


class AccessToken(models.Model):
    """A user's key. Only its SHA-256 is stored; `rights` is the JSON of a fine-grained token (see actor.py)."""

    class Scope(models.TextChoices):
        """The Hub calls this the token's role."""

        READ = "read"
        WRITE = "write"
        FINE_GRAINED = "fineGrained"

    user = models.ForeignKey(User, models.CASCADE, related_name="access_tokens")
    login = models.ForeignKey(ProgramLogin, models.CASCADE, null=True, related_name="access_tokens")
    publisher = models.ForeignKey("access.TrustedPublisher", models.CASCADE, null=True, related_name="access_tokens")
    public_id = models.CharField(max_length=24, unique=True, default=public_id)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    scope = models.CharField(max_length=12, choices=Scope)
    rights = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


class HubSettings(models.Model):
    """What administrators set, in one row; an empty value is the default. See hub_settings.py."""

    name = models.CharField(max_length=60, blank=True)
    public_url = models.CharField(max_length=300, blank=True)
    signup = models.CharField(max_length=10, blank=True)
    former_url = models.CharField(max_length=300, blank=True)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """Lets one e-mail address sign up while sign-up is by invitation; only the code's SHA-256 is stored."""

    email = models.EmailField()
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.email
