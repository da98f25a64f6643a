"""The real `gatehouse serve`: starts, says so, looks after its processes, stops, and starts again."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live import GATEHOUSE, LiveServer
from postgres import free_port


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("serve"), first=True)
    server.start("--workers", "1")
    server.cli("user", "create", "alice", "--email", "alice@example.org")
    yield server
    server.__exit__(None, None, None)


@pytest.fixture
def server(_server: LiveServer) -> Iterator[LiveServer]:
    if _server.process is None:
        _server.start("--workers", "1")
    yield _server
    if _server.process is not None and _server.process.poll() is not None:
        _server.stop()


def refused(environ: dict[str, str], *options: str) -> str:
    done = subprocess.run(
        [GATEHOUSE, "serve", *options], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def read(path: str) -> bytes:
    """Read a file of /proc; nothing if its process is gone."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def children(pid: int) -> list[int]:
    """Give the processes that `pid` started, and those that these started."""
    own = [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]
    return own + [below for child in own for below in children(child)]


def running(word: str, server: LiveServer) -> list[int]:
    assert server.process
    lines = {pid: read(f"/proc/{pid}/cmdline").split(b"\0") for pid in children(server.process.pid)}
    return [pid for pid, line in lines.items() if word.encode() in line]


def wait_until(true: Callable[[], object], server: LiveServer) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, server.log_tail()
        time.sleep(0.05)


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_the_first_start_makes_a_private_folder_and_a_key(server: LiveServer) -> None:
    key = server.data / "secret.key"
    assert server.data.stat().st_mode & 0o777 == 0o700
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text().strip()) >= 50


def test_the_first_start_says_how_to_become_administrator(server: LiveServer) -> None:
    assert "user create NAME --email YOU@EXAMPLE.ORG --admin" in server.log.read_text().split("Gatehouse is ready")[0]


def test_a_second_start_says_one_line_and_keeps_the_key(server: LiveServer) -> None:
    key = (server.data / "secret.key").read_text()
    server.stop()
    before = server.log.read_text()
    server.start("--workers", "1")
    line = f"Gatehouse is ready at {server.url}\n"
    wait_until(lambda: server.log.read_text() == before + line, server)
    assert (server.data / "secret.key").read_text() == key


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_with_all_its_processes(server: LiveServer, number: signal.Signals) -> None:
    assert server.process
    pid = server.process.pid
    wait_until(lambda: len(children(pid)) == 3, server)  # the web server, its process, the background worker
    pids = children(pid)
    server.process.send_signal(number)
    assert server.process.wait(timeout=20) == 0
    assert gone(pids)


def test_killed_it_leaves_nobody_on_its_port(server: LiveServer) -> None:
    assert server.process
    pids = children(server.process.pid)
    server.process.kill()
    server.process.wait()
    wait_until(lambda: gone(pids), server)
    server.start("--workers", "1")


def test_a_dead_worker_is_started_again(server: LiveServer) -> None:
    wait_until(lambda: running("worker", server), server)
    (before,) = running("worker", server)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: running("worker", server) not in ([], [before]), server)


def test_a_dead_web_process_is_started_again(server: LiveServer) -> None:
    wait_until(lambda: len(running("gatehouse.config.web_server", server)) == 2, server)
    parent, web = sorted(running("gatehouse.config.web_server", server))
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: len(set(running("gatehouse.config.web_server", server)) - {web}) == 2, server)
    wait_until(server._answers, server)
    assert parent in running("gatehouse.config.web_server", server)


def test_a_dead_parent_of_web_processes_leaves_none_that_answers_beside_the_next(server: LiveServer) -> None:
    wait_until(lambda: len(running("gatehouse.config.web_server", server)) == 2, server)
    before = sorted(running("gatehouse.config.web_server", server))
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: gone(before), server)
    wait_until(lambda: len(running("gatehouse.config.web_server", server)) == 2, server)


def test_it_can_leave_the_background_work_to_others(server: LiveServer) -> None:
    server.stop()
    server.start("--workers", "1", "--no-worker")
    assert running("worker", server) == []
    server.stop()


def test_it_refuses_a_port_in_use(server: LiveServer) -> None:
    assert "Address already in use" in refused(server.environ, "--port", str(server.port))


def test_it_refuses_a_data_folder_that_cannot_be_used(server: LiveServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sentence = refused(server.environ, "--data", str(tmp_path / "file"), "--port", str(free_port()))
    assert "cannot be used" in sentence


def test_it_refuses_a_setting_that_makes_no_sense(server: LiveServer) -> None:
    environ = server.environ | {"GATEHOUSE_SIGNUP": "maybe"}
    assert "write one of open, invitation, closed" in refused(environ, "--port", str(free_port()))


def test_it_refuses_a_setting_that_nobody_reads(server: LiveServer) -> None:
    environ = server.environ | {"GATEHOUSE_PUBLIC_URI": "http://hub"}
    assert "GATEHOUSE_PUBLIC_URI is not a setting" in refused(environ, "--port", str(free_port()))


def test_commands_do_not_make_a_hub_where_there_is_none(server: LiveServer, tmp_path: Path) -> None:
    environ = {name: value for name, value in server.environ.items() if name != "GATEHOUSE_DATA"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [GATEHOUSE, "letters"], env=environ, cwd=elsewhere, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "There is no hub in" in done.stderr
    assert list(elsewhere.iterdir()) == []
