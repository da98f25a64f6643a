"""`hf auth login` without a token: the real client asks, a person allows it in a real browser."""

import configparser
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from browser.people import sign_in
from clients.people import sign_up
from clients.running import environment, program, run_hf, run_python
from live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.client]

LINK = re.compile(r"(http://127\.0\.0\.1:\d+/oauth/device\?user_code=[A-Z]{4}-[A-Z]{4})")
SECONDS = 40


class Login:
    """A running `hf auth login`, whose words are read as they come."""

    def __init__(self, fd: int, process: "subprocess.Popen[bytes]") -> None:
        self.fd, self.process, self.said = fd, process, ""

    def until(self, pattern: str | re.Pattern[str], *, typing: bytes = b"") -> re.Match[str]:
        """Wait for words; where nothing is said, type keys: what is typed before a menu listens is lost."""
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < deadline, self.said
            if select.select([self.fd], [], [], 0.2)[0]:
                self.said += self._read()
            elif typing:
                os.write(self.fd, typing)
            elif self.process.poll() is not None:
                raise AssertionError(self.said)
        return found

    def ended(self) -> int:
        while self.process.poll() is None or select.select([self.fd], [], [], 0)[0]:
            if not (more := self._read()):
                break
            self.said += more
        return self.process.wait(SECONDS)

    def _read(self) -> str:
        try:
            return os.read(self.fd, 4096).decode(errors="replace")
        except OSError:  # the other end of a terminal is gone
            return ""


@contextmanager
def login(client: str, env: dict[str, str], *, terminal: bool) -> Iterator[Login]:
    command = [program(client, "hf"), "auth", "login"]
    ours, theirs = pty.openpty() if terminal else os.pipe()
    stdin = theirs if terminal else subprocess.DEVNULL
    env = env | {"PYTHONUNBUFFERED": "1", "TERM": "xterm"}
    process = subprocess.Popen(command, env=env, cwd=env["HOME"], stdin=stdin, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield Login(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def alice(live_server: LiveServer) -> str:
    return sign_up(live_server, "alice")[0]


@pytest.fixture
def alices_page(alice: str, open_page: Callable[..., Page]) -> Page:
    page = open_page()
    page.goto("/login")
    sign_in(page, alice)
    return page


@pytest.fixture
def env(live_server: LiveServer, client_env: Callable[..., dict[str, str]]) -> dict[str, str]:
    return client_env(live_server.url)


def stored(env: dict[str, str]) -> tuple[configparser.ConfigParser, Path]:
    path = Path(env["HF_HOME"]) / "stored_tokens"
    found = configparser.ConfigParser(interpolation=None)
    found.read(path)
    return found, path


def allow(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="The program may come in")).to_be_visible()


def test_from_a_terminal_to_a_gated_file_and_out_again(
    env: dict[str, str], alice: str, alices_page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    with login("hub-newest", env, terminal=True) as running:
        running.until("How would you like to log in")
        link = running.until(LINK, typing=b"\r")[1]
        alices_page.goto(link)
        expect(alices_page.get_by_text("calls itself huggingface_hub")).to_be_visible()
        expect(alices_page.get_by_text("the same address as this browser")).to_be_visible()
        allow(alices_page, link)
        running.until("Login successful")
        assert running.ended() == 0
    assert alice in run_hf("hub-newest", env, "auth", "whoami").out
    gated_file_is_there(env, alice, live_server, tmp_path)

    # Its token is renewed when the client finds it old, and the former one is not needed any more.
    before, path = stored(env)
    name = f"oauth-{alice}"
    before[name]["expires_at"] = str(int(time.time()) + 60)
    with path.open("w") as file:
        before.write(file)
    assert alice in run_hf("hub-newest", env, "auth", "whoami").out
    after, _ = stored(env)
    assert {key for key in after[name] if after[name][key] != before[name][key]} == set(after[name])

    alices_page.goto("/settings/tokens")
    row = alices_page.get_by_role("row").filter(has_text="signed in by browser")
    row.locator("summary", has_text="Revoke").click()
    row.get_by_role("button", name="Revoke").click()
    expect(alices_page.get_by_text("The token is revoked.")).to_be_visible()
    refused = run_hf("hub-newest", env, "auth", "whoami", check=False)
    assert (refused.code, "Invalid" in refused.err) == (1, True), refused.err


def gated_file_is_there(env: dict[str, str], alice: str, live_server: LiveServer, folder: Path) -> None:
    """Let somebody else publish a gated model and grant Alice access, then fetch it as she would."""
    author, token = sign_up(live_server, "author")
    script = """
        import sys
        from huggingface_hub import HfApi
        api, author, alice = HfApi(), *sys.argv[1:]
        api.create_repo(f"{author}/model")
        api.upload_file(path_or_fileobj=b"secret", path_in_repo="weights.txt", repo_id=f"{author}/model")
        api.update_repo_settings(f"{author}/model", gated="manual")
        api.grant_access(f"{author}/model", alice)
    """
    run_python("hub-newest", script, environment(folder / "author", live_server.url, token), author, alice)
    run_hf("hub-newest", env, "download", f"{author}/model", "weights.txt", "--local-dir", str(folder / "got"))
    assert (folder / "got" / "weights.txt").read_bytes() == b"secret"


@pytest.mark.parametrize("client", ["hub-newest", "hub-1.33", "hub-1.20"])
def test_without_a_terminal(client: str, env: dict[str, str], alice: str, alices_page: Page) -> None:
    with login(client, env, terminal=False) as running:
        allow(alices_page, running.until(LINK)[1])
        assert running.ended() == 0, running.said
    assert alice in run_hf(client, env, "auth", "whoami").out


def test_a_code_is_typed_by_somebody_who_has_to_sign_in_first(
    env: dict[str, str], alice: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    with login("hub-newest", env, terminal=False) as running:
        link = urlsplit(running.until(LINK)[1])
        page.goto(link.path)
        sign_in(page, alice)
        page.get_by_label("Code").fill(link.query.partition("=")[2].lower().replace("-", " "))
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_role("heading", name="The program stays out")).to_be_visible()
        assert running.ended() == 1
        assert "Authorization was denied" in running.said
