"""What webhooks hear: what their owner may know at the moment it is told, and all of it."""

from collections.abc import Callable

import pytest

from factories import make_org, make_repo, make_user, make_webhook
from gatehouse.access import access_requests, gating, webhooks
from gatehouse.access.webhooks import Item, may_hear
from gatehouse.accounts.models import Membership, User
from gatehouse.accounts.people import set_member
from gatehouse.outbox.webhook_models import Webhook, WebhookDelivery, WebhookEvent
from gatehouse.outbox.webhooks import deliver_due
from gatehouse.repos import commits, duplicates, following
from gatehouse.repos.models import BranchMove, Repo
from gatehouse.repos.repositories import delete_repo, move_repo, set_private
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_operations import Put
from receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def carol() -> User:
    return make_user("carol")


@pytest.fixture
def heard(receiver: Receiver) -> Callable[[], list[str]]:
    """Give a function that delivers what is due and tells which events came since it was last called."""

    def listen() -> list[str]:
        before = len(receiver.told)
        deliver_due(may_hear)
        return receiver.events[before:]

    return listen


def test_the_life_of_a_repo(alice, receiver, heard) -> None:
    make_webhook(alice, receiver.url)
    repo = make_repo(alice, "tern")
    assert heard() == ["repo create"]
    before = repo.head
    sha = commits.commit(repo, "main", [Put("a.txt", b"a")], user=alice, message="x")
    assert heard() == ["repo.content update"]
    told = receiver.told[-1].payload
    assert told["updatedRefs"] == [{"ref": "refs/heads/main", "oldSha": before, "newSha": sha}]
    assert told["repo"]["headSha"] == sha
    set_private(repo, private=True)
    gating.configure(repo, gated="manual")
    gating.configure(repo, gated="manual", notifications_mode="bulk")
    assert heard() == ["repo.config update", "repo.config update"]
    assert [each.payload["updatedConfig"] for each in receiver.told[-2:]] == [{"private": True}, {"gated": "manual"}]
    move_repo(repo, alice.namespace, "arctic-tern")
    assert heard() == ["repo move"]
    assert receiver.told[-1].payload["repo"]["name"] == "alice/tern"
    assert receiver.told[-1].payload["movedTo"] == {"name": "alice/arctic-tern", "owner": {"id": alice.public_id}}
    delete_repo(Repo.objects.get())
    assert heard() == ["repo delete"]


def test_a_commit_that_changes_nothing_is_not_told(alice, receiver, heard) -> None:
    repo = make_repo(alice, files={"a.txt": "a"})
    make_webhook(alice, receiver.url)
    commits.commit(repo, "main", [Put("a.txt", b"a")], user=alice, message="x")
    set_private(repo, private=False)
    assert heard() == []


def test_a_copy_tells_of_all_its_branches(alice, receiver, heard) -> None:
    repo = make_repo(alice, files={"a.txt": "a"})
    make_webhook(alice, receiver.url)
    duplicates.duplicate(repo, alice.namespace, "copy", creator=alice, private=False)
    assert heard() == ["repo create", "repo.content update"]
    [moved] = receiver.told[-1].payload["updatedRefs"]
    assert (moved["ref"], moved["newSha"]) == ("refs/heads/main", repo.head)


def test_one_repo_is_watched_under_its_new_name_too(alice, carol, receiver, heard) -> None:
    repo, _ = make_repo(alice, "tern"), make_repo(alice, "wren")
    make_webhook(carol, receiver.url, "model:Alice/Tern")
    move_repo(repo, alice.namespace, "gull")
    commits.commit(repo, "main", [Put("a.txt", b"a")], user=alice, message="x")
    assert heard() == ["repo move", "repo.content update"]


def test_who_watches_the_former_owner_hears_of_the_move(alice, receiver, heard) -> None:
    acme = make_org("acme", admin=alice)
    repo = make_repo(alice, "tern")
    make_webhook(alice, receiver.url, "user:alice")
    make_webhook(alice, receiver.url, "org:acme")
    move_repo(repo, acme.namespace, "tern")
    assert heard() == ["repo move", "repo move"]


def test_a_stranger_hears_nothing_of_a_private_repo_and_its_log_neither(alice, carol, receiver, heard) -> None:
    make_webhook(carol, receiver.url, "user:alice")
    repo = make_repo(alice, "secret", private=True)
    commits.commit(repo, "main", [Put("a.txt", b"a")], user=alice, message="x")
    assert webhooks.log_of(Webhook.objects.get()) == []
    assert heard() == []
    assert not WebhookDelivery.objects.exists()
    delete_repo(repo)
    assert heard() == []


def test_the_gate_is_asked_when_it_is_told(alice, carol, receiver, heard) -> None:
    acme = make_org("acme", admin=alice)
    set_member(acme, carol, "read")
    make_webhook(carol, receiver.url, "org:acme")
    repo = make_repo(acme, "secret", private=True, creator=alice)
    assert heard() == ["repo create"]
    set_private(repo, private=False)
    commits.commit(repo, "main", [Put("a.txt", b"a")], user=alice, message="x")
    set_private(repo, private=True)
    Membership.objects.filter(user=carol).delete()
    assert heard() == []


def test_a_member_hears_that_a_private_repo_is_gone(alice, carol, receiver, heard) -> None:
    acme = make_org("acme", admin=alice)
    set_member(acme, carol, "read")
    repo = make_repo(acme, "secret", private=True, creator=alice)
    make_webhook(carol, receiver.url, "org:acme")
    delete_repo(repo)
    assert heard() == ["repo delete"]


def test_who_is_deactivated_hears_nothing(alice, carol, receiver, heard) -> None:
    make_webhook(carol, receiver.url, "user:alice")
    make_repo(alice, "tern")
    User.objects.filter(pk=carol.pk).update(is_active=False)
    assert heard() == []


def test_requests_are_told_to_those_who_decide_and_to_nobody_else(alice, carol, receiver, heard) -> None:
    repo = make_repo(alice, "tern", gated="manual")
    webhook = make_webhook(alice, receiver.url)
    make_webhook(carol, receiver.url, "user:alice")
    request = access_requests.submit(repo, carol, {})
    access_requests.accept(request, by=alice)
    access_requests.cancel(request, by=alice)
    access_requests.reject(request, by=alice, reason="no")
    access_requests.reset(request, by=alice)
    access_requests.submit(repo, carol, {})
    access_requests.withdraw(repo, carol)
    access_requests.grant(repo, carol, by=alice)
    assert set(heard()) == {f"repo.access_request {action}" for action in ("create", "update", "delete")}
    assert {told.payload["webhook"]["id"] for told in receiver.told} == {webhook.public_id}
    told = [told.payload["accessRequest"] for told in receiver.told]
    assert [each["verb"] for each in told] == [
        "submit", "accept", "cancel", "reject", "reset", "submit", "withdraw", "grant",
    ]  # fmt: skip
    assert told[1] == {
        "id": request.public_id,
        "user": {"id": carol.public_id, "name": "carol"},
        "status": "accepted",
        "formerStatus": "pending",
        "verb": "accept",
        "by": "alice",
    }
    assert b"carol@example.org" not in b"".join(each.body for each in receiver.told)


def test_requests_are_told_only_to_webhooks_that_ask_for_them(alice, carol, receiver, heard) -> None:
    repo = make_repo(alice, "tern", gated="manual")
    make_webhook(alice, receiver.url, domains=["repo", "discussion"])
    access_requests.submit(repo, carol, {})
    assert heard() == []


def test_what_a_dead_process_moved_is_told_by_a_worker(alice, receiver, heard, monkeypatch) -> None:
    repo = make_repo(alice, "tern")
    make_webhook(alice, receiver.url)
    monkeypatch.setattr(following, "follow", lambda *_: None)  # dead before it could
    sha = commits.commit(repo, "main", [Put("a.txt", b"a")], user=alice, message="x")
    monkeypatch.undo()
    monkeypatch.setattr(following, "PATIENCE", following.PATIENCE * 0)
    following.catch_up()
    following.catch_up()
    assert not BranchMove.objects.exists()
    assert WebhookEvent.objects.count() == 1
    assert WebhookEvent.objects.get().payload["updatedRefs"] == [
        {"ref": "refs/heads/main", "oldSha": repo.head, "newSha": sha}
    ]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ({"url": "ftp://example.org/"}, "http:// or https://"),
        ({"items": []}, "watches something"),
        ({"items": [Item("user", f"u{number}") for number in range(51)]}, "at most 50 items"),
        ({"items": [Item("bucket", "alice/x")]}, "cannot be watched"),
        ({"items": [Item("user", "nobody")]}, "no user called 'nobody'"),
        ({"items": [Item("org", "alice")]}, "no org called 'alice'"),
        ({"items": [Item("model", "alice/secret")]}, "no model called 'alice/secret'"),
        ({"secret": "a\r\nb: c"}, "A secret has"),
        ({"secret": "x" * 257}, "A secret has"),
        ({"domains": []}, "one or more of"),
        ({"domains": ["jobs"]}, "one or more of"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(alice, carol, what, sentence) -> None:
    make_repo(alice, "secret", private=True)
    wanted = {"url": "https://example.org/", "items": [Item("user", "alice")], "domains": ["repo"]} | what
    with pytest.raises(Refusal, match=sentence):
        webhooks.create(carol, **wanted)
    assert not Webhook.objects.exists()


def test_one_person_has_twenty(alice) -> None:
    for _ in range(webhooks.MOST_WEBHOOKS):
        make_webhook(alice)
    with pytest.raises(Refusal, match="delete one first"):
        make_webhook(alice)
    make_webhook(make_user("bob"))
