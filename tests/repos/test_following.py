"""A server killed between the move of a branch and the change of the repo's row, and what a worker makes of it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from factories import auth, make_repo, make_token, make_user
from gatehouse.repos import card, commits, following
from gatehouse.repos.models import BranchMove
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_operations import Delete, Put
from git_people import Person
from live import LiveServer

# A web server that is killed as soon as it wants to bring a row up to date.
DOOMED = """
import os, signal, sys
from wsgiref.simple_server import make_server
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from gatehouse.repos import card
card._read = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from gatehouse.config.wsgi import application
server = make_server("127.0.0.1", int(sys.argv[1]), application)
print("ready", flush=True)
server.serve_forever()
"""
WORK = """
from datetime import timedelta
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from gatehouse.repos import following
following.PATIENCE = timedelta(0)
following.catch_up()
"""
CARD = "---\ntags: [mended]\n---\n"


@pytest.fixture
def people(own_server, tmp_path: Path) -> tuple[LiveServer, Person, str]:
    server = own_server()
    alice = Person(server, tmp_path / "homes")
    return server, alice, alice.create_repo()


def by_commit(alice: Person, repo_id: str) -> None:
    lines = '{"key":"header","value":{"summary":"x"}}\n{"key":"file","value":{"path":"README.md","content":"%s"}}'
    script = f"""
import sys, urllib.request
request = urllib.request.Request("{alice.server.url}/api/models/{repo_id}/commit/main", sys.stdin.buffer.read(),
    {{"Authorization": "Bearer {alice.token}", "Content-Type": "application/x-ndjson"}})
urllib.request.urlopen(request)
"""
    body = lines % CARD.replace("\n", "\\n")
    done = subprocess.run([sys.executable, "-c", script], input=body.encode(), capture_output=True, check=False)
    assert b"Remote end closed" in done.stderr or b"reset" in done.stderr


def by_push(alice: Person, repo_id: str) -> None:
    folder = alice.clone(repo_id)
    alice.commit(folder, README_md=CARD.encode())
    assert alice.push(folder, check=False).code


@pytest.mark.parametrize("change", [by_commit, by_push])
def test_a_worker_mends_what_a_killed_server_left_behind(change, people: tuple[LiveServer, Person, str]) -> None:
    server, alice, repo_id = people
    server.stop()
    doomed = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", DOOMED, str(server.port)], env=server.environ, stdout=subprocess.PIPE
    )
    with doomed:
        assert doomed.stdout.readline() == b"ready\n"
        change(alice, repo_id)
    server.start("--no-worker")
    info = f"/api/models/{repo_id}"
    assert "mended" not in alice.api("GET", info)["tags"]
    subprocess.run([sys.executable, "-c", WORK], env=server.environ, check=True)
    after = alice.api("GET", info)
    assert "mended" in after["tags"]
    assert after["sha"] == alice.api("GET", f"{info}/refs")["branches"][0]["targetCommit"]


@pytest.mark.django_db
def test_a_new_repo_leaves_no_note_behind(client: Client) -> None:
    body = {"name": "licensed", "license": "mit"}
    token = make_token(make_user("alice"), "write")
    client.post("/api/repos/create", body, content_type="application/json", headers=auth(token))
    assert "license:mit" in client.get("/api/models/alice/licensed").json()["tags"]
    assert not BranchMove.objects.exists()


@pytest.mark.django_db
def test_a_change_leaves_no_note_behind() -> None:
    repo = make_repo(make_user("alice"), files={"a.txt": "a"})
    with pytest.raises(Refusal):
        commits.commit(repo, card.DEFAULT_BRANCH, [Delete("missing")], user=repo.creator, message="x")
    assert not BranchMove.objects.exists()


@pytest.mark.django_db
def test_a_note_of_one_who_may_still_be_at_work_is_left_alone() -> None:
    repo = make_repo(make_user("alice"))
    following.announce(repo.pk, {})
    following.catch_up()
    assert BranchMove.objects.exists()
    BranchMove.objects.update(at=timezone.now() - following.PATIENCE - timedelta(seconds=1))
    following.catch_up()
    assert not BranchMove.objects.exists()


@pytest.mark.django_db
def test_one_repo_that_cannot_be_read_does_not_hold_up_the_others(data: Path) -> None:
    alice = make_user("alice")
    broken, sound = make_repo(alice, "broken"), make_repo(alice, "sound")
    for repo in (broken, sound):
        following.announce(repo.pk, {})
    BranchMove.objects.update(at=timezone.now() - timedelta(hours=1))
    (data / "repos" / broken.public_id[:2] / f"{broken.public_id}.git").rename(data / "away.git")
    following.catch_up()
    assert list(BranchMove.objects.values_list("repo__name", flat=True)) == ["broken"]
    commits.commit(sound, card.DEFAULT_BRANCH, [Put("b.txt", b"b")], user=alice, message="x")
