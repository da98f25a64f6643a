"""People who talk to a real server by plain HTTP, as clients do: large files by git-lfs and Xet, commits, the gate."""

import base64
import hashlib
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lean import Reply
from live import LiveServer
from xet.sender import Sender


@dataclass(frozen=True)
class Person:
    """Somebody with a token; each request has a connection of its own, so any process of the server may answer."""

    server: LiveServer
    name: str
    token: str

    def ask(self, method: str, url: str, body: bytes | object = b"", **headers: str) -> Reply:
        with self.sending(
            method, url, body if isinstance(body, bytes) else json.dumps(body).encode(), **headers
        ) as sent:
            return sent()

    @contextmanager
    def sending(self, method: str, url: str, body: bytes, hold: int = 0, **headers: str) -> Iterator[Any]:
        """Send a request but for its last `hold` bytes; calling what this gives sends those and gives the reply."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Length": str(len(body))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        parts = urlsplit(url)
        connection.putrequest(method, parts.path + ("?" + parts.query if parts.query else ""))
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body[: len(body) - hold])

        def end() -> Reply:
            if hold:
                connection.send(body[-hold:])
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

        try:
            yield end
        finally:
            connection.close()

    def make_repo(self, name: str) -> str:
        reply = self.ask("POST", "/api/repos/create", {"name": name, "type": "model"}, Content_Type="application/json")
        assert reply.status == 200, reply.body
        return f"{self.name}/{name}"

    def delete_repo(self, repo_id: str) -> int:
        body = {"name": repo_id.partition("/")[2], "type": "model"}
        return self.ask("DELETE", "/api/repos/delete", body, Content_Type="application/json").status

    def lfs_address(self, repo_id: str, data: bytes) -> str | None:
        """Give where to send the bytes; None when the repo has them."""
        batch = {"operation": "upload", "objects": [{"oid": sha256(data), "size": len(data)}]}
        reply = self.ask("POST", f"/{repo_id}.git/info/lfs/objects/batch", batch)
        assert reply.status == 200, reply.body
        actions = json.loads(reply.body)["objects"][0].get("actions")
        return actions["upload"]["href"] if actions else None

    def send_by_lfs(self, repo_id: str, data: bytes) -> None:
        if address := self.lfs_address(repo_id, data):
            reply = self.ask("PUT", address, data)
            assert reply.status == 200, reply.body

    def commit(self, repo_id: str, path: str, data: bytes, *, large: bool = True) -> Reply:
        """Commit a file; a large one was sent before."""
        content = base64.b64encode(data).decode()
        line: dict[str, object] = {"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}}
        if large:
            value = {"path": path, "algo": "sha256", "oid": sha256(data), "size": len(data)}
            line = {"key": "lfsFile", "value": value}
        header = {"key": "header", "value": {"summary": f"Add {path}"}}
        body = "\n".join(map(json.dumps, (header, line))).encode()
        url = f"/api/models/{repo_id}/commit/main"
        return self.ask("POST", url, body, Content_Type="application/x-ndjson")

    def fetch(self, repo_id: str, path: str) -> Reply:
        return self.ask("GET", f"/{repo_id}/resolve/main/{path}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class LiveSender(Sender):
    """A client of the Xet door of a real server."""

    def __init__(self, person: Person, repo_id: str) -> None:
        super().__init__(person.token, repo_id)
        self.person = person

    def enter(self, right: str) -> dict[str, Any]:
        reply = self.person.ask("GET", f"/api/models/{self.repo_id}/xet-{right}-token/main")
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def cas(self, right: str, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Reply:
        given = self.enter(right)
        bearer = {"Authorization": f"Bearer {given['accessToken']}"}
        return self.person.ask(method, f"{given['casUrl']}/{path}", body, **bearer, **headers)
