"""Fixtures for every test. The people and repositories they meet are in factories.py."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck

from clients import running
from environment import Environment, wants_postgres
from issuer import Issuer
from live import LiveServer
from mail_server import MailServer
from receiver import Receiver

ENVIRONMENT = pytest.StashKey[Environment]()
LONGEST = ("tests/clients/test_upstream", "tests/browser/", "tests/clients/", "tests/examples/", "tests/xet/test_")
HANG_UP_ON_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment, then load Django's settings, which read it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        config.stash[ENVIRONMENT] = Environment()
    # A machine that has much to do is no failure.
    hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis.settings.load_profile("patient")
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("postgresql") != wants_postgres():
        raise pytest.UsageError("Django's settings were read too early. Unset DJANGO_SETTINGS_MODULE.")
    test_database = database.setdefault("TEST", {})
    if not wants_postgres():
        # A file, as in real life: a database in memory knows neither WAL nor a second writer.
        test_database["NAME"] = f"{os.environ['GATEHOUSE_DATA']}/test.sqlite3"


def pytest_unconfigure(config: pytest.Config) -> None:
    if ENVIRONMENT in config.stash:
        config.stash[ENVIRONMENT].leave()


def pytest_report_header() -> list[str]:
    return [
        f"database: {'PostgreSQL' if wants_postgres() else 'SQLite'}",
        f"answers are held against: /api/openapi.json, {os.environ.get('GATEHOUSE_OPENAPI', '(GATEHOUSE_OPENAPI is not set)')}",
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: what several processes end with should be short.

    Do once, on SQLite, what is the same whatever lies below: marked so, or by one of the older clients.
    """
    items.sort(key=lambda item: next((n for n, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)))
    once = pytest.mark.skip(reason="does not depend on the database: the run on SQLite does it")
    for item in items if wants_postgres() else ():
        given = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
        older = any(isinstance(each, str) and each.startswith("hub-") and each != "hub-newest" for each in given)
        if older or item.get_closest_marker("once"):
            item.add_marker(once)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show the server's log under a failed test that used it."""
    report = yield
    server = getattr(item, "funcargs", {}).get("live_server")
    if report.failed and server:
        report.sections.append(("gatehouse serve", server.log_tail()))
    return report


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] != "localhost":
            assert ipaddress.ip_address(address[0]).is_loopback, f"a test wants to connect to {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True, scope="session")
def _fast_passwords() -> Iterator[None]:
    """Hash passwords fast: the real hasher takes a tenth of a second for each."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _fast_disk() -> Iterator[None]:
    """Wait for no disk in these processes. Live servers, which are killed and started again, do wait: see live.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _fd: None)
        patch.setenv("GIT_TEST_FSYNC", "0")
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End the sessions that threads of tests left open: PostgreSQL drops no database that is in use."""
    yield
    if wants_postgres():
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(HANG_UP_ON_OTHERS)


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Path) -> Path:
    """Give the data folder of this one test."""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    from gatehouse.accounts import rates  # models load only now

    rates.forget()
    return settings.DATA


@pytest.fixture(autouse=True)
def _live_server_helper() -> None:
    """Replace pytest-django's fixture of this name, which expects its own kind of `live_server`."""


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Give the real server, shared by all tests of a process: use names of your own for people and repositories."""
    with LiveServer(tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Give a function that starts a server for this test alone, with settings of its own."""
    started: list[LiveServer] = []

    def start(**settings: str) -> LiveServer:
        folder = tmp_path / f"server-{len(started)}"
        folder.mkdir()
        server = LiveServer(folder, **settings)
        started.append(server)
        return server.__enter__()

    yield start
    for server in started:
        server.__exit__(None, None, None)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Give a real mail server on this machine, which keeps what it received."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Give a real receiver of webhooks on this machine, to which this process may send."""
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    server = Receiver()
    yield server
    server.stop()


@pytest.fixture
def issuer(settings: Any) -> Iterator[Issuer]:
    """Give a CI provider on this machine, whose keys this process may fetch."""
    from gatehouse.accounts import job_tokens

    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    job_tokens.forget()
    provider = Issuer()
    yield provider
    provider.stop()


@pytest.fixture
def client_env(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Give a function (url, token=None) that makes a new home and the environment of a person who lives there."""

    def make(url: str, token: str | None = None) -> dict[str, str]:
        number = len(list(tmp_path.glob("home-*")))
        return running.environment(tmp_path / f"home-{number}", url, token)

    return make
