"""Uploads by stock clients whose server is killed under them, and uploads of the same bytes by several people."""

import os
import random
import signal
import subprocess
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clients.running import program
from live import LiveServer
from xet.stock_clients import NEWEST, UPLOAD, download, sha256, upload

pytestmark = pytest.mark.client
MEGABYTE = 1_000_000


@pytest.fixture
def server(own_server) -> LiveServer:
    return own_server()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.bin"
    path.write_bytes(random.randbytes(150 * MEGABYTE))
    return path


def make_person(server: LiveServer, name: str) -> str:
    """Give the token of a new person."""
    server.cli("user", "create", name, "--email", f"{name}@example.org")
    return server.cli("token", "create", name, "--role", "write")


def processes_below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in processes_below(int(child)))]


def xorbs(server: LiveServer) -> list[Path]:
    return list((server.data / "xet").glob("??/??/*"))


def start_upload(env: dict[str, str], repo_id: str, path: Path) -> subprocess.Popen[bytes]:
    command = [program(NEWEST, "python"), "-c", textwrap.dedent(UPLOAD), repo_id, str(path), "model.bin"]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_server_killed_amid_an_upload_loses_nothing_that_counts(server, client_env, file):
    """The client tries again by itself, or is started again; nothing damaged is left, and what came is not sent twice."""
    token = make_person(server, "alice")
    env = client_env(server.url, token)
    client = start_upload(env, "alice/killed", file)
    deadline = time.monotonic() + 120
    while not xorbs(server):
        assert time.monotonic() < deadline
        assert client.poll() is None
        time.sleep(0.005)
    for pid in processes_below(server.process.pid):
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    if client.wait(timeout=200) != 0:
        upload(env, "alice/killed", file)
    assert download(client_env(server.url, token), "alice/killed", "model.bin") == {"model.bin": sha256(file)}
    assert server.cli("fsck").endswith("All is as it was stored.")
    assert sum(path.stat().st_size for path in xorbs(server)) < 225 * MEGABYTE


def test_several_people_send_the_same_bytes_at_once(server, client_env, file):
    tokens = {name: make_person(server, name) for name in ("alice", "bob", "carol")}
    envs = {name: client_env(server.url, token) for name, token in tokens.items()}

    def send(name: str) -> None:
        upload(envs[name], f"{name}/same", file)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(send, envs))
    for name, token in tokens.items():
        assert download(client_env(server.url, token), f"{name}/same", "model.bin") == {"model.bin": sha256(file)}
    assert sum(path.stat().st_size for path in xorbs(server)) < 152 * MEGABYTE
    assert server.cli("fsck").endswith("All is as it was stored.")
