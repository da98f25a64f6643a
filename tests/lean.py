"""Calls the lean doors as a web server would, without one; and large files for them to serve."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from gatehouse.accounts.models import User
from gatehouse.config import lean_doors
from gatehouse.repos import card, commits, possession
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs
from gatehouse.storage.blobs import Blob
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer


@dataclass(frozen=True)
class Reply:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        return self.headers.get("x-error-code")

    @property
    def text(self) -> str:
        return self.body.decode()


def call(url: str, method: str = "GET", *, token: str | None = None, body: bytes = b"", **headers: str) -> Reply:
    """Send one request: call(url, token=…, RANGE="bytes=0-0"). The URL is percent-encoded, as on the wire."""
    return send(environ_of(url, method, token=token, body=body, **headers))


def environ_of(
    url: str, method: str = "GET", *, token: str | None = None, body: bytes = b"", **headers: str
) -> dict[str, Any]:
    path, _, query = url.removeprefix("http://testserver").partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
    }
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    for name, value in headers.items():
        environ[name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"] = value
    return environ


class Meanwhile(BytesIO):
    """A body; by the time its last byte has come, something else has happened."""

    def __init__(self, body: bytes, happens: Callable[[], object]) -> None:
        super().__init__(body)
        self._size, self._happens = len(body), happens

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if data and self.tell() == self._size:
            self._happens()
        return data


def send(environ: dict[str, Any]) -> Reply:
    started: list[Any] = []
    answer = lean_doors.answer(environ, lambda status, headers: started.append((status, headers)))
    assert answer is not None, f"{environ['PATH_INFO']} is no path of a lean door"
    try:
        body = b"".join(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()
    [(status, headers)] = started
    assert all(name.isascii() and value.isascii() and value.isprintable() for name, value in headers)
    return Reply(int(status.split()[0]), {name.lower(): value for name, value in headers}, body)


def basic(token: str, user: str = "anyone") -> str:
    """Give the Authorization header that git sends."""
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


def add_large_file(repo: Repo, path: str, data: bytes, *, by: User) -> Blob:
    """Put `data` into the store and its pointer at `path` of the default branch."""
    blob = blobs().receive([data])
    possession.take_in(repo.pk, blob, user_pk=by.pk)
    commit_file(repo, path, make_pointer(blob.oid, blob.size), by=by)
    return blob


def commit_file(repo: Repo, path: str, data: bytes, *, by: User, branch: str = card.DEFAULT_BRANCH) -> str:
    return commits.commit(repo, branch, [Put(path, data)], user=by, message=f"Add {path}")
