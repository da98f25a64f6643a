"""The pages of webhooks: one's own only, the secret never shown, and a log that can be sent again."""

import pytest

from factories import make_repo, make_webhook
from gatehouse.access.webhooks import may_hear
from gatehouse.outbox.webhook_models import Webhook, WebhookDelivery
from gatehouse.outbox.webhooks import deliver_due
from receiver import respond
from web_pages import text_of

NEW = {"url": "https://example.org/hook", "watched": "alice", "repo": "on", "secret": "open sesame"}


def test_one_is_made_and_its_secret_is_not_shown(alice, browser):
    make_repo(alice, "data", "dataset")
    answer = browser(alice).post("/settings/webhooks", NEW | {"watched": "alice\ndatasets/alice/data"})
    made = Webhook.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/settings/webhooks/{made.public_id}")
    assert [str(item) for item in made.watched.all()] == ["user:alice", "dataset:alice/data"]
    assert (made.domains, made.secret) == (["repo"], "open sesame")
    for path in ("/settings/webhooks", answer["Location"]):
        page = browser(alice).get(path)
        assert page.status_code == 200
        assert "https://example.org/hook" in text_of(page)
        assert "datasets/alice/data" in page.text
        assert "open sesame" not in page.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"watched": "nobody"}, "There is no user called"),
        ({"url": "ftp://example.org"}, "begins with http://"),
        ({"repo": ""}, "one or more of"),
        ({"watched": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(alice, browser, wrong, sentence):
    page = browser(alice).post("/settings/webhooks", NEW | wrong)
    assert page.status_code == 400
    assert sentence in text_of(page)
    assert not Webhook.objects.exists()


def test_a_change_keeps_the_secret_until_another_is_typed(alice, browser):
    webhook = make_webhook(alice, secret="open sesame", domains=["repo", "discussion"])
    page, me = f"/settings/webhooks/{webhook.public_id}", browser(alice)
    me.post(page, NEW | {"secret": "", "access_request": "on"})
    webhook.refresh_from_db()
    assert (webhook.secret, webhook.domains) == ("open sesame", ["repo", "access_request", "discussion"])
    me.post(page, NEW | {"secret": "", "no_secret": "on"})
    webhook.refresh_from_db()
    assert webhook.secret == ""


def test_it_is_switched_off_and_on_and_deleted(alice, browser):
    page, me = f"/settings/webhooks/{make_webhook(alice).public_id}", browser(alice)
    me.post(f"{page}/switch")
    assert Webhook.objects.get().disabled
    me.post(f"{page}/switch")
    assert not Webhook.objects.get().disabled
    me.post(f"{page}/delete")
    assert not Webhook.objects.exists()


def test_the_log_shows_what_was_sent_and_sends_it_again(alice, browser, receiver):
    webhook = make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    page, me = f"/settings/webhooks/{webhook.public_id}", browser(alice)
    assert "Nothing has been sent yet" in text_of(me.get(page))
    receiver.answer = lambda handler: respond(handler, 200, b"<b>thanks</b>")
    deliver_due(may_hear)
    shown = me.get(page)
    assert "alice/tern" in text_of(shown)
    assert "&lt;b&gt;thanks" in shown.text
    me.post(f"{page}/deliveries/{WebhookDelivery.objects.get().public_id}/again")
    deliver_due(may_hear)
    assert len(receiver.told) == 2


def test_nobody_else_sees_or_changes_it(alice, carol, browser, receiver):
    webhook = make_webhook(alice, receiver.url)
    make_repo(alice, "tern")
    deliver_due(may_hear)
    page = f"/settings/webhooks/{webhook.public_id}"
    again = f"{page}/deliveries/{WebhookDelivery.objects.get().public_id}/again"
    others = browser(carol)
    assert others.get(page).status_code == 404
    for path in (page, f"{page}/switch", f"{page}/delete", again):
        assert others.post(path, NEW).status_code == 404
        assert "/login" in browser().post(path, NEW)["Location"]
    webhook.refresh_from_db()
    assert (webhook.url, webhook.disabled, deliver_due(may_hear)) == (receiver.url, False, 0)
