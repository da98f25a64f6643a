"""What webhooks are told of a repo: written into the outbox in the transaction of what happened.

Who may hear it, the gate is asked when it is sent (`access.webhooks`).
"""

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from gatehouse.accounts.models import Namespace
from gatehouse.outbox.webhook_models import Watched, Webhook, WebhookDelivery, WebhookEvent
from gatehouse.outbox.webhooks import GIVE_UP_AFTER
from gatehouse.repos.models import Kind, Repo, RepoRedirect, RepoTag
from gatehouse.storage.git_refs import NOTHING, Update

Domain = Webhook.Domain
MOST_TAGS = 100


def repo_created(repo: Repo) -> None:
    tell(repo, "create", "repo")


def repo_deleted(repo: Repo) -> None:
    tell(repo, "delete", "repo")


def repo_moved(repo: Repo, former: str, former_owner: Namespace) -> None:
    """Tell under which name the repo is found now; the payload's `repo` has the `former` one, as on the Hub."""
    moved_to = {"name": repo.repo_id, "owner": {"id": _owner_id(repo.namespace)}}
    tell(repo, "move", "repo", name=former, also=former_owner, movedTo=moved_to)


def refs_moved(repo: Repo, moved: Sequence[Update]) -> None:
    """Tell of branches and tags that were made, moved or deleted."""
    if moved:
        refs = [{"ref": each.ref, "oldSha": _sha(each.old), "newSha": _sha(each.new)} for each in moved]
        tell(repo, "update", "repo.content", updatedRefs=refs)


def configured(repo: Repo, **changes: object) -> None:
    """Tell of changed settings, by the names that the API gives them."""
    if changes:
        tell(repo, "update", "repo.config", updatedConfig=changes)


def tell(
    repo: Repo,
    action: str,
    scope: str,
    *,
    domain: str = Domain.REPO,
    name: str | None = None,
    also: Namespace | None = None,
    **more: object,
) -> None:
    """Write an event, and a delivery to everyone who listens; nothing where nobody does.

    Those listen who watch the repo, its owner, or the owner `also`. It is called within a transaction.
    """
    listeners = _listeners(repo, {repo.namespace, also or repo.namespace}, domain)
    if not listeners:
        return
    # The repo as it is now, whatever the caller has seen.
    row = Repo.objects.select_related("namespace__user", "namespace__organization").filter(pk=repo.pk).first()
    if row is None:
        return
    event = WebhookEvent.objects.create(
        repo=row,
        namespace=row.namespace,
        creator_id=row.creator_id,
        private=row.private,
        managers_only=domain == Domain.ACCESS_REQUEST,
        payload={"event": {"action": action, "scope": scope}, "repo": _shown(row, name), **more},
    )
    until = timezone.now() + GIVE_UP_AFTER
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(webhook=webhook, event=event, give_up_at=until) for webhook in listeners]
    )


def _listeners(repo: Repo, owners: Collection[Namespace], domain: str) -> list[Webhook]:
    """Find the webhooks that watch this repo, by its present or a former name, or one of the owners."""
    names = [repo.key, *RepoRedirect.objects.filter(repo=repo).values_list("key", flat=True)]
    wanted = Q(type=repo.kind, key__in=names)
    for owner in owners:
        wanted |= Q(type=Watched.Type.USER if owner.user_id else Watched.Type.ORG, key=owner.key)
    items = Watched.objects.filter(wanted)
    hooks = Webhook.objects.filter(pk__in=items.values("webhook"), disabled=False, user__is_active=True)
    return [webhook for webhook in hooks if domain in webhook.domains]


def _shown(repo: Repo, name: str | None) -> dict[str, object]:
    kinds = f"{Kind(repo.kind)}s"
    return {
        "type": repo.kind,
        "name": name or repo.repo_id,
        "id": repo.public_id,
        "private": repo.private,
        "url": {"web": repo.url, "api": f"{settings.PUBLIC_URL}/api/{kinds}/{repo.repo_id}"},
        "headSha": repo.head,
        "head_sha": repo.head,  # the name under which huggingface_hub's WebhookPayload looks for it
        "owner": {"id": _owner_id(repo.namespace)},
        "tags": list(RepoTag.objects.filter(repo=repo).order_by("pk").values_list("tag", flat=True)[:MOST_TAGS]),
    }


def _owner_id(namespace: Namespace) -> str:
    owner = namespace.user or namespace.organization
    return owner.public_id if owner else ""


def _sha(sha: str) -> str | None:
    return None if sha == NOTHING else sha
