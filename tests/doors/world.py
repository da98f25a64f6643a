"""One repo with a secret in every kind of file, and a caller for every state that a person can be in."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from factories import make_org, make_repo, make_token, make_user
from gatehouse.access.models import AccessRequest
from gatehouse.accounts.actor import Right
from gatehouse.accounts.models import User
from gatehouse.repos import card, commits, possession
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer

SECRET = b"only-for-accepted-eyes"
TENSORS = json.dumps({"w": {"dtype": "U8", "shape": [len(SECRET)], "data_offsets": [0, len(SECRET)]}}).encode()
LARGE = len(TENSORS).to_bytes(8, "little") + TENSORS + SECRET
CARD = "---\nlicense: mit\nextra_gated_fields:\n  Company: text\n---\n# Weights\n"


@dataclass(frozen=True)
class World:
    """The repo acme/weights, the sha of its commits and the oid of its large file."""

    repo: Repo
    first: str
    head: str
    oid: str


def build(*, private: bool = False) -> World:
    alice = make_user("alice")
    acme = make_org("acme", admin=alice, bob="read", wanda="write")
    repo = make_repo(acme, "weights", creator=alice, private=private, files={"README.md": CARD, "config.json": b"{}"})
    first = repo.head
    blob = blobs().receive([LARGE])
    possession.take_in(repo.pk, blob, user_pk=alice.pk)
    puts = [
        Put("config.json", b'{"secret": "' + SECRET + b'"}'),
        Put("model.bin", make_pointer(blob.oid, blob.size)),
        Put("model.safetensors", make_pointer(blob.oid, blob.size)),
        Put("table.csv", b"name,secret\nwren," + SECRET + b"\n"),
        Put("notes/plain.txt", SECRET + b"\n"),
    ]
    head = commits.commit(repo, card.DEFAULT_BRANCH, puts, user=alice, message="Add what is secret")
    Repo.objects.filter(pk=repo.pk).update(gated="manual")
    repo.refresh_from_db()
    return World(repo, first, head, blob.oid)


@dataclass(frozen=True)
class Caller:
    """Someone at the doors: headers of a token, or the cookies of a browser, or neither."""

    name: str
    reads: bool  # may have the files
    why: str  # the words of the refusal, where there is one
    make: Callable[[World], dict[str, str]]


def bearer(user: User, scope: str = "write", **more: Any) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {make_token(user, scope, **more)}"}


def browser(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def asked(world: World, status: str) -> User:
    carol = make_user("carol")
    AccessRequest.objects.create(repo=world.repo, user=carol, status=status, timestamp=timezone.now())
    return carol


def member(name: str) -> User:
    return User.objects.get(username=name)


def gated_member(world: World, name: str) -> User:
    Repo.objects.filter(pk=world.repo.pk).update(org_members_gated=True)
    return member(name)


CALLERS = (
    Caller("nobody", reads=False, why="Please log in", make=lambda _: {}),
    Caller("a stranger", reads=False, why="not in the authorized list", make=lambda _: bearer(make_user("carol"))),
    Caller(
        "a stranger's browser",
        reads=False,
        why="not in the authorized list",
        make=lambda _: browser(make_user("carol")),
    ),
    Caller("pending", reads=False, why="awaiting a review", make=lambda w: bearer(asked(w, "pending"))),
    Caller("rejected", reads=False, why="has been rejected", make=lambda w: bearer(asked(w, "rejected"))),
    Caller("reset", reads=False, why="has been reset", make=lambda w: bearer(asked(w, "reset"))),
    Caller("accepted", reads=True, why="", make=lambda w: bearer(asked(w, "accepted"))),
    Caller("accepted, by browser", reads=True, why="", make=lambda w: browser(asked(w, "accepted"))),
    Caller(
        "accepted, token without gated repos",
        reads=False,
        why="this token may not read gated repos",
        make=lambda w: bearer(asked(w, "accepted"), "fineGrained", rights=(Right("carol", None, write=True),)),
    ),
    Caller(
        "accepted, token for gated repos",
        reads=True,
        why="",
        make=lambda w: bearer(
            asked(w, "accepted"), "fineGrained", reads_gated=True, rights=(Right("carol", None, write=True),)
        ),
    ),
    Caller("a reading member", reads=True, why="", make=lambda _: bearer(member("bob"))),
    Caller(
        "a gated member", reads=False, why="not in the authorized list", make=lambda w: bearer(gated_member(w, "wanda"))
    ),
    Caller("an admin of gated members", reads=True, why="", make=lambda w: bearer(gated_member(w, "alice"))),
)


@dataclass(frozen=True)
class Reply:
    """What a door answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def call(method: str, path: str, caller: dict[str, str], body: bytes = b"", **environ: str) -> Reply:
    """Send one request through the whole WSGI application, lean doors included."""
    from gatehouse.config.wsgi import application

    path, _, query = path.partition("?")
    seen: dict[str, Any] = {}
    request = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "127.0.0.1",
        "SCRIPT_NAME": "",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

    def start_response(status: str, headers: list[tuple[str, str]], _info: object = None) -> None:
        seen.update(status=int(status.split(maxsplit=1)[0]), headers=dict(headers))

    answer = application(request | caller | environ, start_response)
    try:
        data = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return Reply(seen["status"], seen["headers"], data)
