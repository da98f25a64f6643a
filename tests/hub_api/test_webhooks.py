"""Webhooks by the API: one's own only, secrets never shown, and every way in which a ref moves is told."""

import pytest

from factories import auth, make_repo, make_token, make_user, make_webhook
from gatehouse.accounts.actor import Right
from gatehouse.outbox.webhook_models import Webhook, WebhookDelivery, WebhookEvent

pytestmark = pytest.mark.django_db
URL = "/api/settings/webhooks"
NEW = {
    "url": "https://example.org/hook",
    "watched": [{"type": "user", "name": "Alice"}],
    "domains": ["repo", "discussion"],
    "secret": "open sesame",
}


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def call(client, alice):
    headers = auth(make_token(alice, "write"))

    def ask(method, path="", body=None):
        return client.generic(method, URL + path, json_of(body), "application/json", headers=headers)

    return ask


def json_of(body):
    import json

    return b"" if body is None else json.dumps(body)


def test_it_is_made_shown_changed_and_deleted(call):
    made = call("POST", body=NEW).json()["webhook"]
    assert made == {
        "id": Webhook.objects.get().public_id,
        "url": NEW["url"],
        "watched": NEW["watched"],
        "domains": NEW["domains"],
        "hasSecret": True,
        "disabled": False,
    }
    one = f"/{made['id']}"
    assert call("GET").json() == [made]
    assert call("GET", one).json() == {"webhook": made}
    changed = call("POST", one, {"watched": [], "url": "https://example.org/else"}).json()["webhook"]
    assert changed == made | {"url": "https://example.org/else"}
    assert Webhook.objects.get().secret == "open sesame"
    assert call("POST", one, {"secret": ""}).json()["webhook"]["hasSecret"] is False
    assert call("POST", f"{one}/disable").json()["webhook"]["disabled"] is True
    assert call("POST", f"{one}/enable").json()["webhook"]["disabled"] is False
    assert call("POST", f"{one}/break").status_code == 400
    assert call("DELETE", one).status_code == 200
    assert call("GET").json() == []
    assert call("GET", one).status_code == 404


def test_the_domains_of_older_clients_are_understood(call):
    made = call("POST", body={key: NEW[key] for key in ("url", "watched")}).json()["webhook"]
    assert made["domains"] == ["repo", "discussion"]
    changed = call("POST", f"/{made['id']}", {"domains": ["discussions"]}).json()["webhook"]
    assert changed["domains"] == ["discussion"]
    assert call("POST", f"/{made['id']}", {"domains": []}).status_code == 400


def test_a_refused_change_changes_nothing(call):
    one = "/" + call("POST", body=NEW).json()["webhook"]["id"]
    before = call("GET", one).json()
    wrong = {"url": "https://example.org/new", "watched": [{"type": "user", "name": "nobody"}]}
    assert call("POST", one, wrong).status_code == 400
    assert call("POST", one, {"urll": "https://example.org/new"}).status_code == 400
    assert call("GET", one).json() == before


@pytest.mark.parametrize("job", [{"jobSourceId": "x"}, {"job": {"dockerImage": "x"}}, {"secrets": {"A": "b"}}])
def test_jobs_are_not_run_here(call, job):
    answer = call("POST", body={"watched": NEW["watched"], "domains": ["repo"]} | job)
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (501, "NotOffered")
    assert not Webhook.objects.exists()


def test_nobody_else_handles_it(client, alice):
    webhook = make_webhook(alice)
    carol = make_user("carol")
    narrow = make_token(alice, "fineGrained", rights=[Right("alice", None, True)])
    for token, status in ((make_token(carol, "write"), 404), (make_token(alice, "read"), 403), (narrow, 403)):
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", ""), ("POST", "/disable")):
            answer = client.generic(
                method, f"{URL}/{webhook.public_id}{path}", b"{}", "application/json", headers=auth(token)
            )
            assert answer.status_code == status
    assert client.get(URL).status_code == 401
    assert not Webhook.objects.get().disabled


def test_every_way_in_which_a_ref_moves_is_told(client, alice):
    make_repo(alice, "tern", files={"a.txt": "a"})
    make_webhook(alice)
    headers = auth(make_token(alice, "write"))

    def refs(method, path, body=None):
        answer = client.generic(
            method, f"/api/models/alice/tern/{path}", json_of(body or {}), "application/json", headers=headers
        )
        assert answer.status_code == 200, answer.content
        [moved] = WebhookEvent.objects.latest("pk").payload["updatedRefs"]
        return moved["ref"], moved["oldSha"] is not None, moved["newSha"] is not None

    assert refs("POST", "branch/dev") == ("refs/heads/dev", False, True)
    assert refs("POST", "branch/empty", {"emptyBranch": True}) == ("refs/heads/empty", False, True)
    assert refs("POST", "tag/main", {"tag": "v1"}) == ("refs/tags/v1", False, True)
    assert refs("DELETE", "tag/v1") == ("refs/tags/v1", True, False)
    assert refs("POST", "super-squash/dev") == ("refs/heads/dev", True, True)
    assert refs("DELETE", "branch/dev") == ("refs/heads/dev", True, False)
    assert WebhookEvent.objects.count() == 6
    refused = client.post("/api/models/alice/tern/branch/main", {}, "application/json", headers=headers)
    assert (refused.status_code, WebhookEvent.objects.count()) == (409, 6)


def test_an_event_is_sent_again_once_it_was_tried_by_its_owner_only(client, alice, call):
    webhook = make_webhook(alice)
    make_repo(alice, "tern", files={"a.txt": "a"})
    client.post(
        "/api/models/alice/tern/tag/main", {"tag": "v1"}, "application/json", headers=auth(make_token(alice, "write"))
    )
    delivery = WebhookDelivery.objects.latest("pk")
    path = f"/{webhook.public_id}/replay/{delivery.public_id}"
    assert call("POST", path).status_code == 404
    WebhookDelivery.objects.update(attempts=1, state="failed")
    stranger = auth(make_token(make_user("carol"), "write"))
    assert client.post(URL + path, headers=stranger).status_code == 404
    answer = call("POST", path)
    assert (answer.status_code, answer.json()) == (200, {"status": 202})
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
