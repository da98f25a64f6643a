"""Stock clients send by upload grants or directly, and never twice what the repo has."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.running import run_python
from relay import Relay
from xet.stock_clients import NEWEST, UPLOAD, download, sha256, upload

pytestmark = [pytest.mark.client, pytest.mark.once]
SIZE = 80_000_000  # two xorbs
OLDER = "hub-1.28"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def home(own_server, client_env, relay):
    """Give a function that makes Alice a new home; all that she sends from there goes through the relay."""
    server = own_server(GATEHOUSE_PUBLIC_URL=relay.url)
    relay.behind = server.url
    server.cli("user", "create", "alice", "--email", "alice@example.org")
    token = server.cli("token", "create", "alice", "--role", "write")
    return lambda url=relay.url: client_env(url, token)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.bin"
    path.write_bytes(random.randbytes(SIZE))
    return path


def test_the_newest_sends_by_grants_and_older_ones_directly(home, relay, file):
    upload(home(), "alice/newest", file)
    assert relay.count("POST", "/xorb-grants/") == relay.count("PUT", "/xet/grants/") == 2
    assert relay.count("POST", "/xorb-commits/") == 2
    assert relay.count("POST", "/xorbs/") == 0
    relay.asked.clear()
    upload(home(), "alice/older", file, client=OLDER)
    assert relay.count("POST", "/xorbs/") == 2
    assert relay.count("POST", "grants/") == relay.count("PUT", "") == 0
    for repo_id in ("alice/newest", "alice/older"):
        assert download(home(relay.behind), repo_id, "model.bin") == {"model.bin": sha256(file)}


@pytest.mark.parametrize("hidden", [{}, {"/chunks/": 404}], ids=["chunks are known", "by grants alone"])
def test_what_came_before_the_shard_is_not_sent_again(home, relay, file, hidden):
    """Also by a client in a new home, and also when no chunk leads to what came."""
    relay.refused = {"/shards": 403}
    broken = run_python(NEWEST, UPLOAD, home(), "alice/broken", str(file), "model.bin", check=False)
    assert broken.code != 0
    assert relay.sent("PUT", "/xet/grants/") > SIZE
    relay.asked.clear()
    relay.refused = hidden
    upload(home(), "alice/broken", file)
    assert relay.sent("PUT", "") + relay.sent("POST", "/xorbs/") == 0
    relay.refused = {}
    assert download(home(relay.behind), "alice/broken", "model.bin") == {"model.bin": sha256(file)}
