"""A person with git, git-lfs and other clients who works on the live hub."""

import json
import urllib.error
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

from clients import running
from live import LiveServer

NUMBERS = count(1)


class Person:
    """Somebody with an account, a write token and a home of their own on this machine."""

    def __init__(self, server: LiveServer, home: Path) -> None:
        self.server, self.name = server, f"person-{next(NUMBERS)}"
        server.cli(
            "user",
            "create",
            self.name,
            "--email",
            f"{self.name}@example.org",
            "--password-stdin",
            stdin="correct horse 1",
        )
        self.token = server.cli("token", "create", self.name, "--role", "write")
        self.home = home / self.name
        self.env = running.environment(self.home, server.url)

    def api(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.server.url + path, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def create_repo(self, **more: Any) -> str:
        """Create a model of a new name and give its id."""
        name = f"repo-{next(NUMBERS)}"
        self.api("POST", "/api/repos/create", name=name, **more)
        return f"{self.name}/{name}"

    def url(self, repo_id: str, *, token: str | None = None) -> str:
        """Give a clone URL with this person's token in it."""
        return self.server.url.replace("://", f"://any:{token or self.token}@") + f"/{repo_id}"

    def git(self, *arguments: str | Path, cwd: Path | None = None, check: bool = True) -> running.Finished:
        return running.run(["git", *arguments], self.env, cwd=cwd, check=check)

    def clone(self, repo_id: str, *options: str) -> Path:
        folder = self.home / f"{repo_id.replace('/', '-')}-{next(NUMBERS)}"
        self.git("clone", *options, self.url(repo_id), folder)
        return folder

    def commit(self, folder: Path, **files: bytes) -> None:
        """Commit files whatever their filters would make of them; `a_bin` is written as a.bin."""
        for name, data in files.items():
            (folder / name.replace("_", ".")).write_bytes(data)
        self.git(
            "-c",
            "filter.lfs.process=",
            "-c",
            "filter.lfs.clean=cat",
            "-c",
            "filter.lfs.required=false",
            "add",
            ".",
            cwd=folder,
        )
        self.git("commit", "-m", "Change", cwd=folder)

    def push(self, folder: Path, *what: str, check: bool = True) -> running.Finished:
        return self.git("push", "--no-verify", "origin", *(what or ("HEAD",)), cwd=folder, check=check)
