"""A disk that is really full, on every way in: the sender is told so, nothing is half written, and all goes on after."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from git_people import Person as GitPerson
from live import LiveServer
from live_people import LiveSender, Person
from xet.samples import RAW

pytestmark = pytest.mark.client
BIG = os.urandom(3_000_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Start a hub whose data folder is a file system of 24 MB."""
    folder = tmp_path_factory.mktemp("disk")
    (folder / "data").mkdir(mode=0o700)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "none", folder / "data"], check=False)
    if mounted.returncode:
        pytest.skip("only root may mount the small disk of this test")
    try:
        with LiveServer(folder) as server:
            yield server
    finally:
        subprocess.run(["umount", "-l", folder / "data"], check=True)


@pytest.fixture(scope="module")
def alice(server: LiveServer) -> Person:
    server.cli("user", "create", "alice", "--email", "alice@example.org")
    return Person(server, "alice", server.cli("token", "create", "alice", "--role", "write"))


@pytest.fixture
def repo(alice: Person, request: pytest.FixtureRequest) -> str:
    return alice.make_repo(request.node.name.replace("_", "-").strip("[]")[-40:].strip("-"))


@pytest.fixture
def fill(server: LiveServer) -> Iterator[Callable[[int], None]]:
    """Give a function that fills the disk but for so many bytes."""
    filler = server.data / "filler"

    def run(left: int) -> None:
        free = os.statvfs(server.data)
        filler.write_bytes(b"x" * (free.f_bavail * free.f_frsize - left))

    yield run
    filler.unlink(missing_ok=True)


def stored(server: LiveServer) -> set[Path]:
    stores = (server.data / store for store in ("blobs", "xet", "repos"))
    return {path for store in stores for path in store.rglob("*") if path.is_file()}


def test_lfs(server: LiveServer, alice: Person, repo: str, fill: Callable[[int], None]) -> None:
    address = alice.lfs_address(repo, BIG)
    before = stored(server)
    fill(1_000_000)
    assert alice.ask("PUT", address, BIG).status == 507
    assert stored(server) == before
    fill(5_000_000)
    assert alice.ask("PUT", address, BIG).status == 200
    assert alice.commit(repo, "big.bin", BIG).status == 200


def test_xorb(server: LiveServer, alice: Person, repo: str, fill: Callable[[int], None]) -> None:
    sender = LiveSender(alice, repo)
    chunks = [os.urandom(65536) for _ in range(40)]
    before = stored(server)
    fill(500_000)
    with pytest.raises(AssertionError, match="no storage space left"):
        sender.send_xorb(chunks, RAW)
    assert stored(server) == before
    fill(8_000_000)
    sender.send_xorb(chunks, RAW)


def test_commit(server: LiveServer, alice: Person, repo: str, fill: Callable[[int], None]) -> None:
    fill(1_000_000)
    reply = alice.commit(repo, "text.txt", BIG, large=False)
    assert (reply.status, "no storage space left" in reply.text) == (507, True)
    fill(8_000_000)
    assert alice.fetch(repo, "text.txt").status == 404
    assert alice.commit(repo, "text.txt", BIG, large=False).status == 200
    assert alice.fetch(repo, "text.txt").body == BIG


def test_push(server: LiveServer, repo: str, fill: Callable[[int], None], tmp_path: Path) -> None:
    bob = GitPerson(server, tmp_path)
    mine = bob.create_repo()
    folder = bob.clone(mine)
    bob.commit(folder, a_txt=BIG)
    before = stored(server)
    fill(1_000_000)
    done = bob.git("push", "origin", "HEAD", cwd=folder, check=False)
    assert (done.code != 0, "No space left on device" in done.err) == (True, True), done.err
    assert stored(server) == before
    fill(8_000_000)
    bob.git("push", "origin", "HEAD", cwd=folder)
    assert (bob.clone(mine) / "a.txt").read_bytes() == BIG


def test_not_a_byte_is_left(server: LiveServer, alice: Person, repo: str, fill: Callable[[int], None]) -> None:
    """The database, too, lies on this disk."""
    small = b"small"
    address = alice.lfs_address(repo, small)
    fill(0)
    answers = [
        alice.ask("PUT", address, small).status,
        alice.commit(repo, "a.txt", small, large=False).status,
        alice.ask("POST", "/api/repos/create", {"name": "new"}, Content_Type="application/json").status,
        alice.ask("GET", f"/api/models/{repo}").status,
        alice.fetch(repo, ".gitattributes").status,
    ]
    assert answers == [507, 507, 507, 200, 200]
    fill(5_000_000)
    assert alice.commit(repo, "a.txt", small, large=False).status == 200
    assert alice.fetch(repo, "a.txt").body == small
    assert server.cli("fsck").strip().endswith("All is as it was stored.")
