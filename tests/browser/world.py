"""The demo world as the tests of all pages see it, in this process or on a live server."""

import json
import subprocess
import sys
from argparse import Namespace
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from browser.pages import GATED, READERS, ListedPage
from live import LiveServer

A_DAY_S = 86400


class DemoServer(LiveServer):
    """A live server with the demo world; `sessions` has the session cookie of each reader who is signed in."""

    def start(self, *options: str) -> None:
        super().start(*options)
        command = [sys.executable, __file__]
        path = str(Path(__file__).parents[1])
        environ = self.environ | {"DJANGO_SETTINGS_MODULE": "gatehouse.config.settings", "PYTHONPATH": path}
        told = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        known = json.loads(told.stdout.splitlines()[-1])
        self.sessions: dict[str, str] = known["sessions"]
        self.sha: str = known["sha"]

    def browser_of(self, browser: Browser, reader: str, **options: Any) -> BrowserContext:
        """Open an empty browser in which `reader` is signed in."""
        context = browser.new_context(base_url=self.url, **options)
        if reader in self.sessions:
            cookie = {"name": "gatehouse_session", "value": self.sessions[reader], "url": self.url}
            context.add_cookies([cookie])
        return context

    def address(self, listed: ListedPage) -> str:
        return listed.path.replace("{sha}", self.sha)


def populate() -> None:
    """Make the demo, a stranger, and an operator who has a second factor."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    from gatehouse.accounts import people
    from gatehouse.cli.demo import command

    with redirect_stdout(StringIO()):
        command.run(Namespace())
    people.create_user(str(READERS["stranger"]), email="kai@example.org", password=None, fullname="Kai Nakamura")
    operator = people.create_user(str(READERS["admin"]), email="op@example.org", password=None, admin=True)
    TOTP.activate(operator, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(operator)
    add_app()


def add_app() -> None:
    """Make an app of the author's, which the author has let in, at an address that the list of pages can name."""
    from django.utils import timezone

    from browser.pages import APP
    from gatehouse.accounts import oauth_apps, people
    from gatehouse.accounts.models import ProgramLogin

    author = people.find_user(str(READERS["author"]))
    app = oauth_apps.create(author, name="Ward notebook", uris=["https://notes.example/back"], confidential=True).app
    app.client_id = APP
    app.save()
    end = timezone.now() + timedelta(days=90)
    login = {"scope": "email openid profile read-repos", "program": app.name, "address": "203.0.113.9"}
    ProgramLogin.objects.create(status="in use", user=author, app=app, code_digest="0" * 64, expires_at=end, **login)


def session_of(reader: str) -> str:
    from gatehouse.accounts import people

    return session_for(people.find_user(str(READERS[reader])))


def session_for(user: Any) -> str:
    """Sign somebody in and give their session cookie; for a day they count as having just given their password."""
    from allauth.account.internal.flows.login import record_authentication
    from django.conf import settings
    from django.http import HttpRequest
    from django.test import Client

    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session["account_authentication_methods"][-1]["at"] += A_DAY_S
    request.session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def newest_commit() -> str:
    """Give the SHA that {sha} in the list of pages stands for."""
    from gatehouse.repos.models import Repo

    return Repo.objects.get(key=GATED.strip("/")).head


if __name__ == "__main__":
    import django

    django.setup()
    populate()
    sessions = {name: session_of(name) for name in READERS if READERS[name]}
    sys.stdout.write(json.dumps({"sessions": sessions, "sha": newest_commit()}))
