"""`gatehouse settings` on a server that runs: all its processes follow at once, and a mistake can be mended."""

import http.client
import subprocess
import time

import pytest

from live import GATEHOUSE


@pytest.fixture
def server(own_server):
    return own_server(GATEHOUSE_PUBLIC_URL="")


def front_pages(server, host="127.0.0.1", number=12):
    """Ask for the front page over so many connections, which reach all processes; give statuses and texts."""
    pages = []
    for _ in range(number):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        pages.append((answer.status, answer.read().decode()))
        connection.close()
    return pages


def test_all_processes_follow_at_once_and_a_mistake_is_mended(server):
    assert all(f"Gatehouse · {server.url}" in text for _, text in front_pages(server))
    server.cli("settings", "--name", "Our Hub", "--public-url", "https://mistyped.example")
    assert all("Our Hub · https://mistyped.example" in text for _, text in front_pages(server))
    assert {status for status, _ in front_pages(server, "evil.example")} == {400}
    shown = server.cli("settings", "--public-url", "https://hub.example.org", "--signup", "closed")
    assert shown.split() == ["name", "Our", "Hub", "public_url", "https://hub.example.org", "signup", "closed"]
    assert {status for status, _ in front_pages(server, "hub.example.org")} == {200}
    server.cli("settings", "--public-url", "")
    assert all(f"Our Hub · {server.url}" in text for _, text in front_pages(server))


def test_it_says_what_to_write_instead(server):
    for option, value, sentence in (
        ("--public-url", "hub.example.org", "write it like https://hub.example.org, without a path."),
        ("--signup", "maybe", "write one of open, invitation, closed."),
    ):
        done = subprocess.run(
            [GATEHOUSE, "settings", option, value], env=server.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert sentence in done.stderr


def test_the_worker_and_backups_leave_their_marks(server, tmp_path):
    server.cli("backup", str(tmp_path / "copy"))
    deadline = time.monotonic() + 30
    while not (server.data / "worker.seen").exists():
        assert time.monotonic() < deadline, server.log_tail()
        time.sleep(0.1)
    assert (server.data / "backup.done").exists()


def test_commands_write_the_address_where_the_hub_is_served(server):
    assert server.url in server.cli("settings")
    assert f"The demo is in {server.url}." in server.cli("demo")
    server.stop()
    assert server.url in server.cli("settings")
