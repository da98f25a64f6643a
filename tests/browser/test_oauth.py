"""Signing in to other programs: the real client libraries ask, a person allows it in a real browser."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.people import sign_in
from clients import environments
from clients.people import sign_up
from clients.running import environment, program, run_python
from live import LiveServer
from postgres import free_port

pytestmark = [pytest.mark.browser, pytest.mark.client]

APP_PAGE = Path(__file__).parents[1] / "clients" / "scripts" / "oauth.html"
SECONDS = 40
APP = """
    import sys
    import fastapi, uvicorn
    from huggingface_hub import attach_huggingface_oauth, parse_huggingface_oauth

    app = fastapi.FastAPI()
    attach_huggingface_oauth(app)

    @app.get("/")
    def who(request: fastapi.Request):
        found = parse_huggingface_oauth(request)
        return {"name": found and found.user_info.preferred_username, "email": found and found.user_info.email,
                "orgs": found and found.user_info.orgs, "token": found and found.access_token}

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


@pytest.fixture
def alice(live_server: LiveServer) -> str:
    return sign_up(live_server, "alice")[0]


@pytest.fixture
def app_page(tmp_path: Path) -> Iterator[str]:
    """Give the address of a page on another site, which has nothing but the JavaScript client."""
    if not environments.is_built("js"):
        pytest.skip("the client environment js is not built: make clients (needs nodejs and npm)")
    site, packages = tmp_path / "site", environments.folder("js") / "node_modules"
    site.mkdir()
    for name in ("@huggingface", "gearhash-jit"):
        (site / name).symlink_to(packages / name)
    (site / "app.html").write_text(APP_PAGE.read_text())
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(site)))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/app.html"
    server.shutdown()
    server.server_close()


def gated_model(server: LiveServer, folder: Path, reader: str) -> str:
    """Let somebody publish a gated and a private model, and grant the reader access to both."""
    author, token = sign_up(server, "author")
    script = """
        import sys
        from huggingface_hub import HfApi
        api, author, reader = HfApi(), *sys.argv[1:]
        api.create_repo(f"{author}/model")
        api.upload_file(path_or_fileobj=b"secret", path_in_repo="weights.txt", repo_id=f"{author}/model")
        api.update_repo_settings(f"{author}/model", gated="manual")
        api.grant_access(f"{author}/model", reader)
    """
    run_python("hub-newest", script, environment(folder / "author", server.url, token), author, reader)
    return f"{author}/model"


def status(server: LiveServer, token: str, path: str, method: str = "GET", body: Any = None) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)) as connection:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        return connection.getresponse().status


def test_a_page_with_huggingface_js_signs_a_person_in(
    page: Page, alice: str, app_page: str, live_server: LiveServer, tmp_path: Path
) -> None:
    repo = gated_model(live_server, tmp_path, alice)
    page.goto(f"{app_page}?hub={live_server.url}&scopes=openid+profile+gated-repos")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("registered")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, alice)
    expect(page.get_by_role("heading", name="Sign in to A page?")).to_be_visible()
    expect(page.get_by_text("read gated repositories of others")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    expect(page.locator("#result")).to_contain_text("accessToken")
    found = json.loads(page.locator("#result").inner_text())
    assert (found["userInfo"]["preferred_username"], found["state"]) == (alice, "mine")
    assert found["name"] == alice
    assert (found["scope"], "email" in found["userInfo"]) == ("gated-repos openid profile", False)
    token = found["accessToken"]
    assert status(live_server, token, f"/{repo}/resolve/main/weights.txt") == 200
    assert status(live_server, token, "/api/repos/create", "POST", {"name": "mine"}) == 403

    page.goto(f"{live_server.url}/settings/connected-apps")
    page.locator("summary", has_text="Shut out").click()
    page.get_by_role("dialog").get_by_role("button", name="Shut out").click()
    expect(page.get_by_text("You let no app in yet")).to_be_visible()
    assert status(live_server, token, f"/{repo}/resolve/main/weights.txt") == 401


def test_who_denies_comes_back_too(page: Page, alice: str, app_page: str, live_server: LiveServer) -> None:
    page.goto(f"{app_page}?hub={live_server.url}")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("registered")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, alice)
    page.get_by_role("button", name="Deny").click()
    expect(page.locator("#result")).to_contain_text("access_denied")


@pytest.fixture
def app_of_fastapi(live_server: LiveServer, page: Page, alice: str, tmp_path: Path) -> Iterator[str]:
    """Let Alice make an app on her page, and run it with `attach_huggingface_oauth`."""
    python, port = program("oauth", "python"), free_port()
    page.goto("/login?next=/settings/connected-apps")
    sign_in(page, alice)
    page.get_by_label("Name").fill("Dashboard")
    page.get_by_label("Redirect URIs").fill("http://127.0.0.1/oauth/huggingface/callback")
    page.get_by_role("button", name="Make the app").click()
    secret = page.get_by_label("The secret of the app").inner_text()
    client_id = page.locator("dd.mono").inner_text()
    variables = {"SPACE_ID": "any", "OPENID_PROVIDER_URL": live_server.url, "OAUTH_SCOPES": "openid profile email"}
    variables |= {"OAUTH_CLIENT_ID": client_id, "OAUTH_CLIENT_SECRET": secret}
    env = environment(tmp_path / "app", live_server.url) | variables
    with (tmp_path / "app.log").open("wb") as log:
        running = subprocess.Popen([python, "-c", dedent(APP), str(port)], env=env, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + SECONDS
        while not answers(port):
            assert running.poll() is None, (tmp_path / "app.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()


def answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=1)) as connection, suppress(OSError):
        connection.connect()
        return True
    return False


def test_an_app_with_attach_huggingface_oauth_signs_a_person_in(
    app_of_fastapi: str, open_page: Callable[..., Page], live_server: LiveServer
) -> None:
    bob = sign_up(live_server, "bob")[0]
    live_server.cli("org", "create", f"{bob}-lab", "--admin", bob)
    page = open_page()
    page.goto(f"{app_of_fastapi}/oauth/huggingface/login")
    sign_in(page, bob)
    expect(page.get_by_role("heading", name="Sign in to Dashboard?")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{app_of_fastapi}/?")
    found = json.loads(page.locator("pre").inner_text())
    assert (found["name"], found["email"]) == (bob, f"{bob}@example.org")
    assert [org["preferred_username"] for org in found["orgs"]] == [f"{bob}-lab"]
    assert status(live_server, found["token"], "/api/whoami-v2") == 200
