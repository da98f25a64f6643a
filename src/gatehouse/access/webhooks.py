"""Webhooks: made and changed by their owners, and what each of them may hear."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from gatehouse.access import gate
from gatehouse.access.gate import Answer
from gatehouse.access.models import AccessEvent, AccessRequest
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Namespace, User
from gatehouse.outbox import webhooks as outbox
from gatehouse.outbox.posting import Undeliverable, check_url
from gatehouse.outbox.webhook_models import Watched, Webhook, WebhookDelivery
from gatehouse.repos import webhook_events
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal

MOST_WEBHOOKS = 20  # of one person
MOST_WATCHED = 50  # by one webhook
LONGEST_SECRET = 256
DELETING = "withdraw"
ACTIONS = {"submit": "create", DELETING: "delete"}  # all other verbs update a request


class WebhookNotFound(Refusal):
    """No such webhook, or somebody else's."""

    def __init__(self) -> None:
        super().__init__("Webhook not found", status=404)


@dataclass(frozen=True)
class Item:
    """Something to watch."""

    type: str
    name: str


def may_hear(delivery: WebhookDelivery) -> bool:
    """Whether the webhook's owner may know of the event at this moment."""
    event, user = delivery.event, delivery.webhook.user
    if not user.is_active:
        return False
    actor = Actor(user.pk, user.username)
    case = gate.case_by_pk(actor, event.repo_id) if event.repo_id else None
    if case is None:
        case = gate.case_of_former(
            actor, event.namespace, private=event.private, creator_id=event.creator_id, repo=event.payload["repo"]
        )
    return (gate.write if event.managers_only else gate.see)(case) is Answer.YES


def tell_of_request(request: AccessRequest, event: AccessEvent) -> None:
    """Tell those who may decide; e-mail address and answers are not told, but asked for with a token."""
    told = {
        "id": request.public_id,
        "user": {"id": request.user.public_id, "name": request.user.username},
        "status": event.after or None,
        "formerStatus": event.before or None,
        "verb": event.action,
        "by": event.by_username,
    }
    webhook_events.tell(
        request.repo,
        ACTIONS.get(event.action, "update"),
        "repo.access_request",
        domain=Webhook.Domain.ACCESS_REQUEST,
        accessRequest=told,
    )


def create(user: User, *, url: str, items: Sequence[Item], domains: Iterable[str], secret: str = "") -> Webhook:
    """Make a webhook. Raises Refusal for what cannot be watched, an impossible address, or one too many."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Webhook.objects.filter(user=user).count() >= MOST_WEBHOOKS:
            raise Refusal(f"You have {MOST_WEBHOOKS} webhooks, which is the most: delete one first.", status=403)
        webhook = Webhook(user=user)
        change(webhook, url=url, items=items, domains=domains, secret=secret)
    return webhook


def change(
    webhook: Webhook,
    *,
    url: str | None = None,
    items: Sequence[Item] | None = None,
    domains: Iterable[str] | None = None,
    secret: str | None = None,
) -> None:
    """Change what is given; an empty secret takes it away. Raises Refusal, and nothing has changed then."""
    watched = None if items is None else _watched(webhook.user, items)
    if url is not None:
        webhook.url = _checked_url(url)
    if secret is not None:
        webhook.secret = _checked_secret(secret)
    if domains is not None:
        webhook.domains = _checked_domains(domains)
    with transaction.atomic():
        webhook.save()
        if watched is not None:
            Watched.objects.filter(webhook=webhook).delete()
            Watched.objects.bulk_create(Watched(webhook=webhook, **columns) for columns in watched)


def set_disabled(webhook: Webhook, *, disabled: bool) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(disabled=disabled)
    webhook.disabled = disabled


def find(user: User, public_id: str) -> Webhook:
    """Find a webhook of `user`; raises WebhookNotFound."""
    webhook = Webhook.objects.filter(user=user, public_id=public_id).first()
    if webhook is None:
        raise WebhookNotFound
    return webhook


def log_of(webhook: Webhook, limit: int = 50) -> list[WebhookDelivery]:
    """List the deliveries that were tried, newest first; of those that wait the gate has not been asked yet."""
    tried = WebhookDelivery.objects.filter(webhook=webhook, attempts__gt=0)
    return list(tried.select_related("event", "webhook")[:limit])


def replay(webhook: Webhook, delivery_id: str) -> bool:
    """Send an event that was tried once more, of which the gate is asked again then; False if there is none such."""
    delivery = WebhookDelivery.objects.filter(webhook=webhook, public_id=delivery_id, attempts__gt=0).first()
    if delivery:
        outbox.again(delivery)
    return delivery is not None


def _watched(user: User, items: Sequence[Item]) -> list[dict[str, str]]:
    found = {(item.type, item.name.lower()): item.name for item in items}
    if not found:
        raise Refusal("A webhook watches something: name at least one repository, user or organization.")
    if len(found) > MOST_WATCHED:
        raise Refusal(f"A webhook watches at most {MOST_WATCHED} items: watch a user or an organization as a whole.")
    for kind, key in found:
        _require_present(user, kind, key)
    return [{"type": kind, "name": name, "key": key} for (kind, key), name in found.items()]


def _require_present(user: User, kind: str, key: str) -> None:
    """Refuse what does not exist, and what this person may not see: the two look the same."""
    if kind in {Watched.Type.USER, Watched.Type.ORG}:
        present = Namespace.objects.filter(key=key, user__isnull=kind == Watched.Type.ORG).exists()
    elif kind in Watched.Type.values:
        visible = gate.visible_repos(Actor(user.pk, user.username))
        present = Repo.objects.filter(visible, kind=kind, key=key).exists()
    else:
        raise Refusal(f"{kind[:40]!r} cannot be watched: use one of {', '.join(Watched.Type.values)}.")
    if not present:
        raise Refusal(f"There is no {kind} called {key[:200]!r}.")


def _checked_url(url: str) -> str:
    try:
        check_url(url)
    except Undeliverable as error:
        raise Refusal(str(error)) from error
    return url


def _checked_secret(secret: str) -> str:
    """A secret travels in a header."""
    if len(secret) > LONGEST_SECRET or not secret.isascii() or not secret.isprintable() or secret != secret.strip():
        raise Refusal(f"A secret has at most {LONGEST_SECRET} ASCII characters, and no space at either end.")
    return secret


def _checked_domains(domains: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(domains))
    if not wanted or not set(wanted) <= set(Webhook.Domain.values):
        raise Refusal(f"A webhook's domains are one or more of {', '.join(Webhook.Domain.values)}.")
    return wanted
