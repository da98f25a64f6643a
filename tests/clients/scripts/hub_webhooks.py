"""Webhooks: made, listed, changed, switched off and on, deleted, each by its owner only."""

from day import ALICE, ORG, api, carols, new_repo, nobodys, refused
from huggingface_hub import WebhookWatchedItem


def check_a_webhook_has_its_life() -> None:
    repo_id = new_repo("watched")
    watched = [WebhookWatchedItem(type="model", name=repo_id), {"type": "org", "name": ORG}]
    made = api.create_webhook(url="https://example.org/hook", watched=watched, secret="open sesame")
    assert (made.url, made.domains, made.disabled, made.secret) == (
        "https://example.org/hook",
        ["repo", "discussion"],
        False,
        None,
    )
    assert [(item.type, item.name) for item in made.watched] == [("model", repo_id), ("org", ORG)]
    assert api.get_webhook(made.id) == made
    assert made in api.list_webhooks()
    changed = api.update_webhook(made.id, url="https://example.org/else", domains=["repo"])
    assert (changed.url, changed.domains, changed.watched) == ("https://example.org/else", ["repo"], made.watched)
    changed = api.update_webhook(made.id, watched=[WebhookWatchedItem(type="user", name=ALICE["name"])])
    assert [item.type for item in changed.watched] == ["user"]
    assert api.disable_webhook(made.id).disabled
    assert not api.enable_webhook(made.id).disabled
    api.delete_webhook(made.id)
    with refused(404, "Webhook not found"):
        api.get_webhook(made.id)


def check_nobody_else_handles_it() -> None:
    made = api.create_webhook(url="https://example.org/", watched=[{"type": "user", "name": ALICE["name"]}])
    assert made.id not in [each.id for each in carols.list_webhooks()]
    with refused(404, "Webhook not found"):
        carols.delete_webhook(made.id)
    with refused(401):
        nobodys.list_webhooks()
    api.delete_webhook(made.id)


def check_what_cannot_be_is_refused() -> None:
    with refused(400, "There is no model called"):
        api.create_webhook(url="https://example.org/", watched=[{"type": "model", "name": "no/such"}])
    with refused(400, "begins with http"):
        api.create_webhook(url="nonsense", watched=[{"type": "user", "name": ALICE["name"]}])
