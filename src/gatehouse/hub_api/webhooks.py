"""Webhooks, in the Hub's own form (HUB-API §7)."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from pydantic import Field

from gatehouse.access import webhooks
from gatehouse.access.webhooks import Item
from gatehouse.accounts.models import User
from gatehouse.accounts.people import user_of
from gatehouse.hub_api.cases import person_of
from gatehouse.hub_api.errors import NotOffered
from gatehouse.hub_api.repos import Nothing
from gatehouse.hub_api.schemas import HubTime, SentExactly, Shown, hub_router
from gatehouse.outbox.webhook_models import Webhook
from gatehouse.storage.errors import Refusal

router = hub_router()


class ItemSent(SentExactly):
    """A repo, or a user or an organization for all that is theirs."""

    type: Annotated[str, Field(max_length=40)]
    name: Annotated[str, Field(max_length=200)]


class WebhookSent(SentExactly):
    """A webhook to make, or what to change of one."""

    url: str | None = None
    watched: list[ItemSent] = []
    domains: list[str] | None = None
    secret: str | None = None
    job: Any = None
    job_source_id: Any = None
    secrets: Any = None


class ItemShown(Shown):
    """What a webhook watches."""

    type: str
    name: str


class WebhookShown(Shown):
    """A webhook; its secret is never shown."""

    id: str
    url: str
    watched: list[ItemShown]
    domains: list[str]
    has_secret: bool
    disabled: bool
    last_trigger_at: HubTime | None = None


class OneWebhook(Shown):
    """As the Hub wraps it."""

    webhook: WebhookShown


class Replayed(Shown):
    """202: the worker sends the event in a moment."""

    status: int


@router.get("/settings/webhooks", response=list[WebhookShown], summary="One's webhooks")
def webhook_list(request: HttpRequest) -> list[WebhookShown]:
    return [_shown(each) for each in Webhook.objects.filter(user=_owner(request)).prefetch_related("watched")]


@router.post("/settings/webhooks", response=OneWebhook, summary="Make a webhook")
def create(request: HttpRequest, wanted: WebhookSent) -> OneWebhook:
    user = _owner(request)
    _refuse_jobs(wanted)
    webhook = webhooks.create(
        user,
        url=wanted.url or "",
        items=_items(wanted),
        domains=_domains(wanted) or [Webhook.Domain.REPO, Webhook.Domain.DISCUSSION],  # those of the Hub
        secret=wanted.secret or "",
    )
    return _one(webhook)


@router.get("/settings/webhooks/{webhook_id}", response=OneWebhook, summary="One webhook")
def webhook(request: HttpRequest, webhook_id: str) -> OneWebhook:
    return _one(webhooks.find(_owner(request), webhook_id))


@router.post("/settings/webhooks/{webhook_id}", response=OneWebhook, summary="Change what is given of a webhook")
def update(request: HttpRequest, webhook_id: str, wanted: WebhookSent) -> OneWebhook:
    found = webhooks.find(_owner(request), webhook_id)
    _refuse_jobs(wanted)
    # Clients send an empty list when what is watched shall stay.
    items = _items(wanted) or None
    webhooks.change(found, url=wanted.url, items=items, domains=_domains(wanted), secret=wanted.secret)
    return _one(found)


@router.delete("/settings/webhooks/{webhook_id}", response=Nothing, summary="Delete a webhook")
def delete(request: HttpRequest, webhook_id: str) -> Nothing:
    webhooks.find(_owner(request), webhook_id).delete()
    return Nothing()


@router.post("/settings/webhooks/{webhook_id}/{action}", response=OneWebhook, summary="Enable or disable a webhook")
def switch(request: HttpRequest, webhook_id: str, action: Literal["enable", "disable"]) -> OneWebhook:
    found = webhooks.find(_owner(request), webhook_id)
    webhooks.set_disabled(found, disabled=action == "disable")
    return _one(found)


@router.post("/settings/webhooks/{webhook_id}/replay/{log_id}", response=Replayed, summary="Send an event once more")
def replay(request: HttpRequest, webhook_id: str, log_id: str) -> Replayed:
    if not webhooks.replay(webhooks.find(_owner(request), webhook_id), log_id):
        raise Refusal("This webhook has sent no such event.", status=HTTPStatus.NOT_FOUND)
    return Replayed(status=HTTPStatus.ACCEPTED)


def _owner(request: HttpRequest) -> User:
    """A webhook hears whatever its owner may see, and its address may be a secret: no narrowed token handles it."""
    return user_of(person_of(request, acts=True))


def _refuse_jobs(wanted: WebhookSent) -> None:
    if wanted.job is not None or wanted.job_source_id is not None or wanted.secrets is not None:
        raise NotOffered("Jobs are not run by this hub: give the webhook a url.")


def _domains(wanted: WebhookSent) -> list[str] | None:
    """Older clients name a domain `discussions`."""
    given = wanted.domains
    return given and [Webhook.Domain.DISCUSSION.value if each == "discussions" else each for each in given]


def _items(wanted: WebhookSent) -> list[Item]:
    return [Item(each.type, each.name) for each in wanted.watched]


def _one(webhook: Webhook) -> OneWebhook:
    return OneWebhook(webhook=_shown(webhook))


def _shown(webhook: Webhook) -> WebhookShown:
    return WebhookShown(
        id=webhook.public_id,
        url=webhook.url,
        watched=[ItemShown(type=each.type, name=each.name) for each in webhook.watched.all()],
        domains=webhook.domains,
        has_secret=bool(webhook.secret),
        disabled=webhook.disabled,
        last_trigger_at=webhook.last_sent_at,
    )
