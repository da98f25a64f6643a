"""One scenario through every door: who gets the bytes of a gated repo, and what the others are told.

`docs/permissions.md` is the table that this module finds; `pytest tests/doors --write-docs` writes it anew.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from world import CALLERS, CARD, LARGE, SECRET, Caller, Reply, World, build, call

from gatehouse.access.models import AccessRequest
from gatehouse.accounts.models import User
from gatehouse.repos.models import Repo

TOKEN_IN_PAGE = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
pytestmark = pytest.mark.django_db

EACH_ITS_OWN = {"X-Request-Id", "Set-Cookie", "RateLimit"}
LFS = {"CONTENT_TYPE": "application/vnd.git-lfs+json", "HTTP_ACCEPT": "application/vnd.git-lfs+json"}
JSON = {"CONTENT_TYPE": "application/json"}


def download_batch(world: World, caller: dict[str, str]) -> Reply:
    body = {"operation": "download", "transfers": ["basic"], "objects": [{"oid": world.oid, "size": len(LARGE)}]}
    return call("POST", "/acme/weights.git/info/lfs/objects/batch", caller, json.dumps(body).encode(), **LFS)


def lfs(world: World, caller: dict[str, str]) -> Reply:
    """Ask the batch for an address, then take the bytes there."""
    batch = download_batch(world, caller)
    if batch.status != 200:
        return batch
    href = urlsplit(json.loads(batch.body)["objects"][0]["actions"]["download"]["href"])
    return call("GET", f"{href.path}?{href.query}", {})


def pkt(line: str) -> bytes:
    return f"{len(line) + 4:04x}{line}".encode()


def git_fetch(world: World, caller: dict[str, str]) -> Reply:
    body = pkt(f"want {world.head} no-progress\n") + b"0000" + pkt("done\n")
    content = {"CONTENT_TYPE": "application/x-git-upload-pack-request"}
    return call("POST", "/acme/weights.git/git-upload-pack", caller, body, **content)


def duplicate(_: World, caller: dict[str, str]) -> Reply:
    """Copy the whole repo to where the caller may write."""
    me = json.loads(call("GET", "/api/whoami-v2", caller).body).get("name", "nobody")
    body = json.dumps({"repository": f"{me}/mine"}).encode()
    return call("POST", "/api/models/acme/weights/duplicate", caller, body, **JSON)


@dataclass(frozen=True)
class Door:
    """A way to a repo's content: `take` uses it, `opened` tells whether the answer holds it."""

    name: str
    take: Callable[[World, dict[str, str]], Reply]
    opened: Callable[[Reply], bool] = lambda reply: SECRET in reply.body
    tokens_only: bool = False  # git and git-lfs never look at cookies

    def opens_to(self, caller: Caller) -> bool:
        return caller.reads and not (self.tokens_only and "browser" in caller.name)


def get(path: str, **more: str) -> Callable[[World, dict[str, str]], Reply]:
    return lambda world, caller: call("GET", path.format(head=world.head, first=world.first), caller, **more)


DOORS = (
    Door("resolve", get("/acme/weights/resolve/main/config.json")),
    Door("resolve, a range", get("/acme/weights/resolve/main/notes/plain.txt", HTTP_RANGE="bytes=0-21")),
    Door("resolve, large file", get("/acme/weights/resolve/main/model.bin")),
    Door("resolve, by commit", get("/acme/weights/resolve/{head}/config.json")),
    Door(
        "resolve, HEAD",
        lambda _, caller: call("HEAD", "/acme/weights/resolve/main/config.json", caller),
        opened=lambda reply: reply.status == 200,
    ),
    Door(
        "resolve, no such file",
        get("/acme/weights/resolve/main/nothing.bin"),
        opened=lambda reply: reply.headers.get("X-Error-Code") == "EntryNotFound",
    ),
    Door(
        "resolve, no such revision",
        get("/acme/weights/resolve/nowhere/config.json"),
        opened=lambda reply: reply.headers.get("X-Error-Code") == "RevisionNotFound",
    ),
    Door("raw", get("/acme/weights/raw/main/config.json")),
    Door("raw, card", get("/acme/weights/raw/main/README.md"), opened=lambda reply: CARD.encode() in reply.body),
    Door("raw, pointer", get("/acme/weights/raw/main/model.bin"), opened=lambda reply: b"oid sha256:" in reply.body),
    Door(
        "git refs",
        get("/acme/weights.git/info/refs?service=git-upload-pack"),
        opened=lambda reply: b"refs/heads/main" in reply.body,
        tokens_only=True,
    ),
    Door("git fetch", git_fetch, opened=lambda reply: b"PACK" in reply.body, tokens_only=True),
    Door("LFS batch and download", lfs, tokens_only=True),
    Door("compare", get("/api/models/acme/weights/compare/{first}..{head}?raw=true")),
    Door("auth-check", get("/api/models/acme/weights/auth-check"), opened=lambda reply: reply.status == 200),
    Door(
        "safetensors header",
        get("/api/models/acme/weights/safetensors-metadata/model.bin"),
        opened=lambda reply: b"dtype" in reply.body,
    ),
    Door("file page", get("/acme/weights/blob/main/config.json")),
    Door("file page, as it is written", get("/acme/weights/blob/main/table.csv?plain=1")),
    Door("file page, table", get("/acme/weights/blob/main/table.csv")),
    Door(
        "file page, tensors",
        get("/acme/weights/blob/main/model.safetensors"),
        opened=lambda reply: b"U8" in reply.body and reply.status == HTTPStatus.OK,
    ),
    Door("duplicate", duplicate, opened=lambda reply: reply.status == 200, tokens_only=True),
    Door("commit page", get("/acme/weights/commit/{head}")),
)


def refusal(reply: Reply) -> str:
    return reply.headers.get("X-Error-Message") or reply.body.decode(errors="replace")


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_doors_open_to_those_who_may_read(caller: Caller) -> None:
    world = build()
    headers = caller.make(world)
    for door in DOORS:
        reply = door.take(world, headers)
        assert door.opened(reply) == door.opens_to(caller), (door.name, reply.status, refusal(reply)[:300])
        if not door.opens_to(caller):
            assert SECRET not in reply.body, door.name
            assert reply.status in {401, 403}, door.name
            assert world.oid.encode() not in reply.body, door.name


@pytest.mark.parametrize("caller", [caller for caller in CALLERS if not caller.reads], ids=lambda caller: caller.name)
@pytest.mark.parametrize("path", ["resolve/main/config.json", "raw/main/config.json"])
def test_a_refusal_says_why(caller: Caller, path: str) -> None:
    world = build()
    reply = call("GET", f"/acme/weights/{path}", caller.make(world))
    assert reply.headers["X-Error-Code"] == "GatedRepo"
    assert caller.why in reply.headers["X-Error-Message"]
    assert reply.status == (401 if caller.name == "nobody" else 403)


@pytest.mark.parametrize("path", ["README.md"])
@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_the_card_is_open_to_everybody(caller: Caller, path: str) -> None:
    world = build()
    assert call("GET", f"/acme/weights/resolve/main/{path}", caller.make(world)).body == CARD.encode()


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_names_and_sizes_are_open_but_the_hash_is_masked(caller: Caller) -> None:
    world = build()
    headers = caller.make(world)
    tree = json.loads(call("GET", "/api/models/acme/weights/tree/main?recursive=true", headers).body)
    large = next(entry for entry in tree if entry["path"] == "model.bin")
    assert large["size"] == len(LARGE)
    assert large["lfs"]["oid"] == (world.oid if caller.reads else "*" * 64)
    info = call("GET", "/api/models/acme/weights?blobs=true", headers)
    assert info.status == 200
    assert (world.oid.encode() in info.body) == caller.reads


@pytest.mark.parametrize("caller", [c for c in CALLERS if "member" not in c.name], ids=lambda caller: caller.name)
def test_a_private_repo_looks_like_none(caller: Caller) -> None:
    """The same words and codes as for a repo that does not exist, whatever the request's state."""
    world = build(private=True)
    headers = caller.make(world)
    there = [door.take(world, headers) for door in DOORS]
    Repo.objects.filter(pk=world.repo.pk).update(key="acme/gone", name="gone")
    absent = [door.take(world, headers) for door in DOORS]
    for door, one, other in zip(DOORS, there, absent, strict=True):
        assert one.status == other.status, door.name
        assert told(one) == told(other), door.name
        assert TOKEN_IN_PAGE.sub(b"", one.body) == TOKEN_IN_PAGE.sub(b"", other.body), door.name


def told(reply: Reply) -> dict[str, str]:
    """The headers, without those that differ from answer to answer."""
    return {name: value for name, value in reply.headers.items() if name not in EACH_ITS_OWN}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_taking_access_away_works_at_the_next_request(door: Door) -> None:
    world = build()
    headers = next(c for c in CALLERS if c.name == "accepted").make(world)
    assert door.opened(door.take(world, headers))
    AccessRequest.objects.update(status="rejected")
    assert not door.opened(door.take(world, headers))


def test_an_address_handed_out_before_dies_with_the_access() -> None:
    world = build()
    headers = next(c for c in CALLERS if c.name == "accepted").make(world)
    href = urlsplit(json.loads(download_batch(world, headers).body)["objects"][0]["actions"]["download"]["href"])
    assert SECRET in call("GET", f"{href.path}?{href.query}", {}).body
    AccessRequest.objects.update(status="rejected")
    assert call("GET", f"{href.path}?{href.query}", {}).status in {401, 403, 404}


def test_an_address_handed_out_before_dies_with_the_account() -> None:
    world = build()
    headers = next(c for c in CALLERS if c.name == "accepted").make(world)
    href = urlsplit(json.loads(download_batch(world, headers).body)["objects"][0]["actions"]["download"]["href"])
    User.objects.filter(username="carol").update(is_active=False)
    assert call("GET", f"{href.path}?{href.query}", {}).status in {401, 403, 404}
