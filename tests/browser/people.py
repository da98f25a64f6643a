"""People who sign in to the live server by its pages."""

import itertools
import json
import urllib.request

from playwright.sync_api import Page, expect

from clients.people import PASSWORD
from live import LiveServer

_numbers = itertools.count()


def sign_up(server: LiveServer, *options: str) -> str:
    """Make somebody whose password is PASSWORD and give their name; the options are those of `gatehouse user create`."""
    name = f"writer{next(_numbers)}"
    email = f"{name}@example.org"
    server.cli("user", "create", name, "--email", email, *options, "--password-stdin", stdin=PASSWORD)
    return name


def sign_in(page: Page, name: str) -> None:
    """Fill in the sign-in page, which is open."""
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Username or e-mail")).to_have_count(0)


def make_model(server: LiveServer, owner: str, name: str) -> None:
    token = server.cli("token", "create", owner, "--role", "write")
    request = urllib.request.Request(
        f"{server.url}/api/repos/create",
        data=json.dumps({"name": name}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).close()
