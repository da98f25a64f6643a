"""What happens to one thing in several processes at once: a repo deleted under uploads, one decision taken twice,
a clean-up amid commits. Two servers of two processes each, and whatever else the test starts, on one data folder."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from gatehouse.storage.xet.hashes import to_hex
from live import LiveServer
from live_people import LiveSender, Person, sha256
from xet.samples import RAW, chunks_of, term

OPEN = """
import json, os, sys
from datetime import timedelta
from gatehouse.cli.hub import open_hub
open_hub(make=True)
from django.utils import timezone
from gatehouse.access import access_requests
from gatehouse.access.models import AccessEvent
from gatehouse.accounts.people import create_user
from gatehouse.outbox.models import Letter
from gatehouse.repos import garbage
from gatehouse.repos.models import Repo, RepoBlob
from gatehouse.repos.repositories import find_repo
from gatehouse.repos.xet_models import RepoXorb, XetFile, Xorb
"""
LET_TIME_PASS = """
earlier = timezone.now() - timedelta(days=2)
RepoBlob.objects.filter(named_at=None).update(added_at=earlier)
RepoXorb.objects.update(added_at=earlier)
Xorb.objects.exclude(condemned_at=None).update(condemned_at=earlier)
for store in ("blobs", "xet"):
    for folder, _, names in os.walk(os.environ["GATEHOUSE_DATA"] + "/" + store):
        for name in names:
            os.utime(os.path.join(folder, name), (earlier.timestamp(),) * 2)
"""
CLEAN_UP = """
print("ready", flush=True)
while not os.path.exists(sys.argv[1]):
    garbage.collect(timedelta(hours=24))
"""
ASK = """
repo = find_repo(Repo.objects.get(key=sys.argv[1]).pk)
Repo.objects.filter(pk=repo.pk).update(gated="manual")
repo.refresh_from_db()
for name in sys.argv[2:]:
    access_requests.submit(repo, create_user(name, email=f"{name}@example.org", password=None, fullname=""), {})
Letter.objects.all().delete()
"""
TOLD = """
told = {letter.to: Letter.objects.filter(to=letter.to).count() for letter in Letter.objects.all()}
decided = AccessEvent.objects.exclude(action="submit").values_list("username", "action")
print(json.dumps([told, sorted(decided), sorted(access_requests.AccessRequest.objects.values_list("user__username", "status"))]))
"""
LEFT = """
print(json.dumps([model.objects.count() for model in (Repo, RepoBlob, RepoXorb, XetFile)]))
"""


class Hub:
    """Two servers on the same data, and people who reach one of them or the other."""

    def __init__(self, folder: Path) -> None:
        self.servers = [LiveServer(folder)]
        self.servers[0].start("--workers", "2", "--no-worker")
        shared = {name: self.servers[0].environ[name] for name in ("GATEHOUSE_DATA", "GATEHOUSE_PUBLIC_URL")}
        if url := self.servers[0].environ.get("GATEHOUSE_DATABASE_URL"):
            shared["GATEHOUSE_DATABASE_URL"] = url
        (folder / "second").mkdir()
        second = LiveServer(folder / "second")
        second.environ |= shared
        second.start("--workers", "2", "--no-worker")
        self.servers.append(second)
        self._seen = ["", ""]

    def people(self, name: str) -> list[Person]:
        """Give one person twice: at either server."""
        first = self.servers[0]
        first.cli("user", "create", name, "--email", f"{name}@example.org")
        token = first.cli("token", "create", name, "--role", "write")
        return [Person(server, name, token) for server in self.servers]

    def run(self, script: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", OPEN + script, *arguments],
            env=self.servers[0].environ,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OPEN + script, *arguments],
            env=self.servers[0].environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    def complaints(self) -> str:
        """Give what the servers wrote about failures of their own."""
        written = [server.log.read_text(errors="replace") for server in self.servers]
        new = [log[len(seen) :] for log, seen in zip(written, self._seen, strict=True)]
        self._seen = written
        return "\n".join(log for log in new if "Traceback" in log)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    hub = Hub(tmp_path_factory.mktemp("races"))
    yield hub
    for server in reversed(hub.servers):
        server.__exit__(None, None, None)


_numbers = count(1)


@pytest.fixture
def alice(hub: Hub) -> list[Person]:
    return hub.people(f"alice-{next(_numbers)}")


def at_once(*runs: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(len(runs)) as pool:
        return [done.result() for done in [pool.submit(run) for run in runs]]


def test_a_repo_is_deleted_under_an_upload_by_git_lfs(hub: Hub, alice: list[Person]) -> None:
    repo_id, data = alice[0].make_repo("lfs"), random.randbytes(300_000)
    address = alice[0].lfs_address(repo_id, data)
    assert address
    with alice[0].sending("PUT", address, data, hold=1000) as finish:
        assert alice[1].delete_repo(repo_id) == 200
        reply = finish()
    assert (reply.status, reply.code) == (404, "RepoNotFound")
    assert json.loads(hub.run(LEFT)) == [0, 0, 0, 0]
    assert not hub.complaints()


def test_a_repo_is_deleted_under_an_upload_by_xet(hub: Hub, alice: list[Person]) -> None:
    repo_id = alice[0].make_repo("xet")
    sender = LiveSender(alice[0], repo_id)
    table, body = sender.make_xorb(chunks_of("deleted", 50), RAW)
    given = sender.enter("write")
    url = f"{given['casUrl']}/v1/xorbs/default/{to_hex(table.xorb)}"
    bearer = {"Authorization": f"Bearer {given['accessToken']}"}
    with alice[0].sending("POST", url, body, hold=100, **bearer) as finish:
        assert alice[1].delete_repo(repo_id) == 200
        reply = finish()
    assert (reply.status, reply.code) == (404, "RepoNotFound")
    assert json.loads(hub.run(LEFT)) == [0, 0, 0, 0]
    assert not hub.complaints()


@pytest.mark.parametrize("attempt", range(2))
def test_a_repo_is_deleted_under_commits_and_shards(hub: Hub, alice: list[Person], attempt: int) -> None:
    repo_id = alice[0].make_repo("busy")
    sender = LiveSender(alice[1], repo_id)
    table = sender.send_xorb(chunks_of(f"busy {attempt}", 20))
    given = sender.enter("write")
    sender.enter = lambda _right: given

    def commits(person: Person) -> set[int]:
        return {
            person.commit(repo_id, f"{person.server.port}-{number}.txt", b"small", large=False).status
            for number in range(8)
        }

    def shards() -> set[int]:
        return {sender.post_shard(sender.record(term(table, 0, number + 1))).status for number in range(20)}

    def delete() -> int:
        alice[0].fetch(repo_id, "README.md")
        return alice[1].delete_repo(repo_id)

    first, second, third, deleted = at_once(lambda: commits(alice[0]), lambda: commits(alice[1]), shards, delete)
    assert deleted == 200
    assert first | second | third <= {200, 404}
    assert json.loads(hub.run(LEFT)) == [0, 0, 0, 0]
    assert not hub.complaints()


def test_a_decision_is_taken_once_however_many_take_it(hub: Hub, alice: list[Person]) -> None:
    repo_id = alice[0].make_repo("gated")
    names = [f"bob-{number}" for number in range(6)]
    hub.run(ASK, repo_id, *names)

    def decide(person: Person, name: str) -> int:
        url = f"/api/models/{repo_id}/user-access-request/handle"
        body = {"user": name, "status": "accepted"}
        return person.ask("POST", url, body, Content_Type="application/json").status

    for name in names:
        statuses = at_once(*[lambda person=person, name=name: decide(person, name) for person in alice * 3])
        assert sorted(statuses) == [200] + [404] * 5
    told, decided, requests = json.loads(hub.run(TOLD))
    assert told == {f"{name}@example.org": 1 for name in names}
    assert decided == sorted([name, "accept"] for name in names)
    assert requests == sorted([name, "accepted"] for name in names)
    assert not hub.complaints()


def test_what_a_commit_names_stays_amid_clean_ups(hub: Hub, alice: list[Person], tmp_path: Path) -> None:
    """Uploads of two days ago are just being given up when commits name them: each is kept, or refused and sent anew."""
    repo_id, sent = alice[0].make_repo("kept"), dict[str, bytes]()
    sender = LiveSender(alice[1], repo_id)
    for attempt in range(2):
        files = {f"{attempt}-{number}.bin": random.randbytes(5000) for number in range(10)}
        for number, data in enumerate(files.values()):
            _send(alice[0], sender, data, by_xet=number % 2 == 1)
        hub.run(LET_TIME_PASS)
        stop = tmp_path / f"stop-{attempt}"
        cleaners = [hub.start(CLEAN_UP, str(stop)) for _ in range(2)]

        def commit(number: int, path: str, data: bytes) -> None:
            while (reply := alice[number % 2].commit(repo_id, path, data)).status == 422:
                _send(alice[0], sender, data, by_xet=number % 2 == 1)
            assert reply.status == 200, reply.body

        at_once(*[lambda n=n, file=file: commit(n, *file) for n, file in enumerate(files.items())])
        stop.touch()
        for cleaner in cleaners:
            with cleaner:
                assert cleaner.wait(timeout=60) == 0
        sent |= files
    hub.run(LET_TIME_PASS + "garbage.collect(timedelta(hours=24))")
    for path, data in sent.items():
        reply = alice[0].fetch(repo_id, path)
        assert (reply.status, sha256(reply.body)) == (200, sha256(data)), path
    assert not hub.complaints()


def _send(person: Person, sender: LiveSender, data: bytes, *, by_xet: bool) -> None:
    if not by_xet:
        person.send_by_lfs(sender.repo_id, data)
        return
    table = sender.send_xorb([data[:2000], data[2000:]], RAW)
    reply = sender.post_shard(sender.record(term(table, 0, 2), sha256=sha256(data)))
    assert reply.status == 200, reply.body
