"""Webhooks from beginning to end: made by a client, sent by the worker, read by the client's own payload."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pydantic
import pytest

from clients.environments import HUBS
from clients.people import sign_up
from clients.running import program, run_hf, run_python
from git_people import Person
from live import LiveServer
from receiver import Receiver, respond

pytestmark = pytest.mark.client
READ = """
    import json, sys
    sys.path.append(sys.argv[1])  # pydantic, which the client does not bring along
    from huggingface_hub import WebhookPayload
    for line in sys.stdin:
        payload = WebhookPayload.model_validate_json(line)
        print(payload.event.scope, payload.event.action, payload.repo.name, payload.repo.head_sha is not None,
              [ref.ref for ref in payload.updatedRefs or []], payload.movedTo and payload.movedTo.name)
"""


@pytest.fixture
def hub(own_server: Callable[..., LiveServer]) -> LiveServer:
    return own_server(GATEHOUSE_WEBHOOK_NETWORKS="127.0.0.1")


def wait_for(receiver: Receiver, number: int) -> None:
    deadline = time.monotonic() + 30
    while len(receiver.told) < number and time.monotonic() < deadline:
        time.sleep(0.1)


def test_the_clients_read_what_is_sent(
    hub: LiveServer, receiver: Receiver, client_env: Callable[..., dict[str, str]]
) -> None:
    program(HUBS[0], "python")
    name, token = sign_up(hub, "alice")
    env = client_env(hub.url, token)
    run_hf(HUBS[0], env, "webhooks", "create", "--url", receiver.url, "--watch", f"user:{name}", "--secret", "sesame")
    listed = run_hf(HUBS[0], env, "webhooks", "ls", "--format", "json")
    assert [each["url"] for each in json.loads(listed.out)] == [receiver.url]
    run_python(
        HUBS[0],
        """
        import sys
        from huggingface_hub import HfApi
        api, name = HfApi(), sys.argv[1]
        api.create_repo(f"{name}/tern")
        api.upload_file(path_or_fileobj=b"x", path_in_repo="a.txt", repo_id=f"{name}/tern")
        api.create_tag(f"{name}/tern", tag="v1")
        api.move_repo(f"{name}/tern", f"{name}/gull")
        api.update_repo_settings(f"{name}/gull", gated="manual")
        api.delete_repo(f"{name}/gull")
        """,
        env,
        name,
    )
    wait_for(receiver, 6)
    assert {told.headers["X-Webhook-Secret"] for told in receiver.told} == {"sesame"}
    lines = "\n".join(json.dumps(told.payload) for told in receiver.told)
    expected = [
        f"repo create {name}/tern True [] None",
        f"repo.content update {name}/tern True ['refs/heads/main'] None",
        f"repo.content update {name}/tern True ['refs/tags/v1'] None",
        f"repo move {name}/tern True [] {name}/gull",
        f"repo.config update {name}/gull True [] None",
        f"repo delete {name}/gull True [] None",
    ]
    site = str(Path(pydantic.__file__).parents[1])
    for client in HUBS:
        assert run_python(client, READ, env, site, stdin=lines).out.splitlines() == expected, client


def test_by_default_nothing_is_sent_into_the_hubs_own_networks(
    live_server: LiveServer, receiver: Receiver, client_env: Callable[..., dict[str, str]]
) -> None:
    name, token = sign_up(live_server, "alice")
    env = client_env(live_server.url, token)
    run_hf(HUBS[0], env, "webhooks", "create", "--url", receiver.url, "--watch", f"user:{name}")
    run_hf(HUBS[0], env, "repos", "create", "tern")
    time.sleep(5)
    assert receiver.told == []


def test_a_push_is_told_with_all_its_refs_and_a_slow_receiver_waits_alone(
    hub: LiveServer, receiver: Receiver, tmp_path: Path
) -> None:
    slow = Receiver()
    slow.answer = lambda handler: time.sleep(5) or respond(handler, 200)
    alice = Person(hub, tmp_path / "homes")
    repo_id = alice.create_repo()
    for url in (slow.url, receiver.url):
        alice.api("POST", "/api/settings/webhooks", url=url, watched=[{"type": "model", "name": repo_id}])
    folder = alice.clone(repo_id)
    alice.commit(folder, a_txt=b"a")
    alice.git("tag", "v1", cwd=folder)
    started = time.monotonic()
    alice.push(folder, "main", "v1")
    wait_for(receiver, 1)
    assert time.monotonic() - started < 5
    [told] = receiver.told
    moved = {each["ref"]: each["newSha"] for each in told.payload["updatedRefs"]}
    head = alice.git("rev-parse", "HEAD", cwd=folder).out.strip()
    assert moved == {"refs/heads/main": head, "refs/tags/v1": head}
    assert told.payload["repo"]["headSha"] == head
    slow.stop()
