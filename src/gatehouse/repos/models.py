"""Tables of repositories and the blobs that belong to them."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from gatehouse.accounts.models import Namespace, OAuthApp, User, public_id
from gatehouse.repos import xet_models as xet_models  # Django looks for tables in this module
from gatehouse.storage.ordered_json import OrderedJSONField


class Kind(models.TextChoices):
    """The Hub calls this the repo type."""

    MODEL = "model"
    DATASET = "dataset"
    SPACE = "space"


class Gated(models.TextChoices):
    """The gate: off, or on with automatic or manual approval."""

    OFF = ""
    AUTO = "auto"
    MANUAL = "manual"


class NotificationsMode(models.TextChoices):
    """How often the authors hear of pending requests; `bulk` is shown as "Once a day"."""

    BULK = "bulk"
    REAL_TIME = "real-time"


# In which lists come.
ORDERS = ("last_modified", "created_at", "downloads", "likes", "key", "num_parameters", "main_size", "num_rows")
LISTED = ("private", "namespace", "gated", "key", "pipeline_tag", "num_parameters")


class Repo(models.Model):
    """A repository: its bytes are a bare git repository and blobs, its card's knowledge is kept here for lists."""

    public_id = models.CharField(max_length=24, unique=True, default=public_id)
    kind = models.CharField(max_length=8, choices=Kind)
    namespace = models.ForeignKey(Namespace, models.PROTECT, related_name="repos")
    name = models.CharField(max_length=96)
    key = models.CharField(max_length=193)  # namespace/name in lower case: names are unique whatever the case
    creator = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_by = models.ForeignKey(OAuthApp, models.SET_NULL, null=True, related_name="+")  # see access/contributions.py
    private = models.BooleanField(default=False)

    gated = models.CharField(max_length=6, choices=Gated, default=Gated.OFF, blank=True)
    org_members_gated = models.BooleanField(default=False)
    notifications_mode = models.CharField(max_length=9, choices=NotificationsMode, default=NotificationsMode.REAL_TIME)
    notifications_email = models.EmailField(blank=True)
    digest_until = models.BigIntegerField(default=0)  # last access event that a daily letter has told of
    digest_at = models.DateTimeField(null=True)

    head = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    last_modified = models.DateTimeField()
    downloads = models.BigIntegerField(default=0)
    likes = models.IntegerField(default=0)

    card = OrderedJSONField(default=dict)  # the front matter of README.md on the default branch
    card_problem = models.TextField(blank=True)
    pipeline_tag = models.CharField(max_length=100, blank=True)
    library_name = models.CharField(max_length=100, blank=True)
    config = models.JSONField(default=dict)
    safetensors = models.JSONField(null=True)
    gguf = models.JSONField(null=True)
    num_parameters = models.BigIntegerField(null=True)  # of the weights, whichever of the two formats they have
    main_size = models.BigIntegerField(null=True)  # bytes of all files of the default branch, see repos/sizes.py
    num_rows = models.BigIntegerField(null=True)  # of a dataset, if its card tells
    used_storage = models.BigIntegerField(default=0)
    tidied_at = models.DateTimeField(null=True)  # when its git repository was last packed, see repos/upkeep.py

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_repo_of_a_name"),
            models.CheckConstraint(condition=Q(gated__in=Gated.values), name="gated_is_known"),
        ]
        # Each holds all that lists ask of a row: see access/repo_lists.py.
        indexes = [
            *(
                models.Index(
                    fields=["kind", f"-{order}", "-id", *(name for name in LISTED if name != order)],
                    name=f"repos_by_{order}",
                )
                for order in ORDERS
            ),
            models.Index(fields=["num_parameters"], name="repos_by_size", condition=Q(num_parameters__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.repo_id

    @property
    def repo_id(self) -> str:
        return f"{self.namespace.name}/{self.name}"

    @cached_property
    def tags(self) -> list[str]:
        """The tags in the card's order; see `read_tags` for those of many repos."""
        return list(self.repo_tags.order_by("pk").values_list("tag", flat=True))

    @property
    def path(self) -> str:
        """The page's path, as the Hub writes it: models have no prefix."""
        return repo_path(self.kind, self.repo_id)

    @property
    def url(self) -> str:
        return settings.PUBLIC_URL + self.path


def repo_path(kind: str, repo_id: str) -> str:
    return f"/{repo_id}" if kind == Kind.MODEL else f"/{kind}s/{repo_id}"


class BranchMove(models.Model):
    """A note that branches or tags of a repo are about to move; it goes when the repo's row has followed."""

    repo = models.ForeignKey(Repo, models.CASCADE, related_name="+")
    were = models.JSONField(default=dict)  # sha by ref
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.repo} since {self.at}"


class CleanUp(models.Model):
    """When stored bytes are cleaned up next, and the mark of the folder that they lie in: one row, see clean_up.py."""

    store = models.CharField(max_length=32)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.store} at {self.next_at}"


class RepoTag(models.Model):
    """One tag of one repo, for filters."""

    repo = models.ForeignKey(Repo, models.CASCADE, related_name="repo_tags")
    tag = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "repo"], name="one_tag_once")]

    def __str__(self) -> str:
        return self.tag


def read_tags(repos: Iterable[Repo]) -> None:
    """Read the tags of many repos in one statement; rows of their own would take half of the time of a list."""
    known = {repo.pk: repo for repo in repos}
    for repo in known.values():
        repo.tags = []
    for pk, tag in RepoTag.objects.filter(repo__in=known).order_by("pk").values_list("repo", "tag"):
        known[pk].tags.append(tag)


class RepoRedirect(models.Model):
    """A former name of a repo, which goes on working until somebody makes a repo of that name."""

    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=193)
    repo = models.ForeignKey(Repo, models.CASCADE, related_name="redirects")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_redirect_of_a_name")]

    def __str__(self) -> str:
        return f"{self.key} -> {self.repo_id}"


class RepoLike(models.Model):
    """Somebody likes a repo; `Repo.likes` counts these."""

    repo = models.ForeignKey(Repo, models.CASCADE, related_name="liked_by")
    user = models.ForeignKey(User, models.CASCADE, related_name="likes")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "user"], name="one_like_each")]

    def __str__(self) -> str:
        return f"{self.user} likes {self.repo}"


class RepoBlob(models.Model):
    """A large file's bytes belong to a repo: they were uploaded there, or copied by someone who may read them."""

    repo = models.ForeignKey(Repo, models.CASCADE, related_name="blobs")
    oid = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    named_at = models.DateTimeField(null=True)  # when a commit last named it, or was about to: see repos/upkeep.py

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "oid"], name="one_blob_once")]

    def __str__(self) -> str:
        return self.oid
