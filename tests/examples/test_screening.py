"""`examples/screening`, run as its README says."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from clients.people import sign_up
from clients.running import Finished, program, run, run_python
from live import LiveServer

pytestmark = pytest.mark.client
EXAMPLE = Path(__file__).parents[2] / "examples" / "screening"
SOME_DAY = "2026-11-24T12:00:00.000Z"
PUBLISH = """
    import sys
    from huggingface_hub import HfApi
    HfApi().create_repo(sys.argv[1])
    HfApi().update_repo_settings(sys.argv[1], gated="manual")
"""
# Many people who have asked, written straight into the hub's database.
ASK = """
import sys
from gatehouse.cli import hub
hub.open_hub(make=False)
from django.utils.timezone import now
from gatehouse.access.models import AccessRequest
from gatehouse.accounts.models import Namespace, User
from gatehouse.repos.models import Repo
owner, names = sys.argv[1], sys.stdin.read().split()
repo = Repo.objects.get(namespace__name=owner, name="weights")
users = User.objects.bulk_create([User(username=name, email=f"{name}@example.org") for name in names])
Namespace.objects.bulk_create([Namespace(name=user.username, key=user.username, user=user) for user in users])
AccessRequest.objects.bulk_create([AccessRequest(repo=repo, user=user, status="pending", timestamp=now()) for user in users])
"""
LISTS = """
    import json, sys
    from huggingface_hub import HfApi
    api = HfApi()
    lists = api.list_pending_access_requests, api.list_accepted_access_requests, api.list_rejected_access_requests
    print(json.dumps([sorted(request.username for request in listed(sys.argv[1])) for listed in lists]))
"""


class Busy(BaseHTTPRequestHandler):
    """A hub that has too much to do whenever it is asked for the first time."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(self.path)
        busy = self.asked.count(self.path) == 1
        grace = {"user": "grace", "email": "grace@example.org"}
        waiting = [{"requestId": "1", "user": grace, "status": "pending", "timestamp": SOME_DAY}]
        body = json.dumps(waiting if self.command == "GET" else {}).encode()
        self.send_response(429 if busy else 200)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - named by http.server

    def log_message(self, *_: object) -> None:
        pass


def test_it_waits_when_the_hub_says_so(client_env: Callable[..., dict[str, str]]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        env = client_env(f"http://127.0.0.1:{server.server_port}", "hf_" + "x" * 34)
        command = [
            program("hub-newest", "python"),
            EXAMPLE / "screen.py",
            "alice/weights",
            EXAMPLE / "applications.csv",
        ]
        done = run([*command, "--apply"], env)
        server.shutdown()
    assert done.out.endswith("1 accept, 0 reject, 0 wait, 0 gone\n")
    assert [path.rpartition("/")[2] for path in Busy.asked] == ["pending", "pending", "handle", "handle"]


class Author:
    """Somebody who screens who wants their weights."""

    def __init__(self, hub: LiveServer, env: dict[str, str], name: str) -> None:
        self.hub, self.env, self.name, self.repo_id = hub, env, name, f"{name}/weights"
        run_python("hub-newest", PUBLISH, env, self.repo_id)

    def asked_by(self, *names: str) -> None:
        subprocess.run(
            [sys.executable, "-c", ASK, self.name], env=self.hub.environ, input=" ".join(names), text=True, check=True
        )

    def screen(self, applications: Path, *options: str, check: bool = True) -> Finished:
        command = [program("hub-newest", "python"), EXAMPLE / "screen.py", self.repo_id, applications, *options]
        return run(command, self.env, check=check)

    @property
    def lists(self) -> list[list[str]]:
        return list(run_python("hub-newest", LISTS, self.env, self.repo_id).json)


@pytest.fixture
def author(own_server: Callable[..., LiveServer], client_env: Callable[..., dict[str, str]]) -> Author:
    hub = own_server()
    name, token = sign_up(hub, "alice")
    return Author(hub, client_env(hub.url, token), name)


def test_the_applications_of_the_readme(author: Author) -> None:
    author.asked_by("grace", "mallory", "victor", "wendy", "zoe")
    shown = author.screen(EXAMPLE / "applications.csv").out
    assert "accept\tgrace" in shown
    assert shown.endswith("1 accept, 2 reject, 2 wait, 0 gone (dry run)\n")
    assert author.lists == [["grace", "mallory", "victor", "wendy", "zoe"], [], []]

    assert author.screen(EXAMPLE / "applications.csv", "--apply").out.endswith("1 accept, 2 reject, 2 wait, 0 gone\n")
    assert author.lists == [["wendy", "zoe"], ["grace"], ["mallory", "victor"]]
    assert author.screen(EXAMPLE / "applications.csv", "--apply").out.endswith("0 accept, 0 reject, 2 wait, 0 gone\n")


def test_nobody_gets_in_by_the_application_of_somebody_else(author: Author, tmp_path: Path) -> None:
    author.asked_by("grace")
    fields = {
        "username": "Grace",
        "email": "mallory@example.org",
        "country": "GH",
        "purpose": "research",
        "signed": "yes",
    }
    (tmp_path / "applications.json").write_text(json.dumps([fields]))
    assert "another address" in author.screen(tmp_path / "applications.json", "--apply").out
    (tmp_path / "applications.json").write_text(json.dumps([fields | {"email": "Grace@Example.org"}]))
    author.screen(tmp_path / "applications.json", "--apply")
    assert author.lists == [[], ["grace"], []]


def test_more_people_than_fit_on_a_page(author: Author, tmp_path: Path) -> None:
    names = [f"person{number:04}" for number in range(1203)]
    author.asked_by(*names)
    with (tmp_path / "applications.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["username", "email", "country", "purpose", "signed"])
        rows.writerows([name, f"{name}@example.org", "FR", "research", "yes"] for name in names[:40])
    assert author.screen(tmp_path / "applications.csv").out.endswith(
        "40 accept, 0 reject, 1163 wait, 0 gone (dry run)\n"
    )
    author.screen(tmp_path / "applications.csv", "--apply")
    pending, accepted, _ = author.lists
    assert (len(pending), accepted) == (1163, names[:40])


def test_a_wrong_file_and_a_wrong_token_are_told_in_a_sentence(author: Author, tmp_path: Path) -> None:
    (tmp_path / "applications.csv").write_text("username,email\ngrace,grace@example.org\n")
    assert "without 'country'" in author.screen(tmp_path / "applications.csv", check=False).err
    author.env["HF_TOKEN"] = "hf_wrong"
    done = author.screen(EXAMPLE / "applications.csv", check=False)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
