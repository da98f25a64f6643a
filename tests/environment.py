"""What stands around every test run: a data folder, a key and a database of its own, and nothing of the machine's."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

import postgres

# What a person may set for the tests; every other GATEHOUSE_ variable would leak into them.
OWN_VARIABLES = {"GATEHOUSE_TEST_DATABASE", "GATEHOUSE_TEST_POSTGRES", "GATEHOUSE_CARDS", "GATEHOUSE_OPENAPI"}


def wants_postgres() -> bool:
    """Whether GATEHOUSE_TEST_DATABASE chooses PostgreSQL; raises UsageError for a name that is neither."""
    chosen = os.environ.get("GATEHOUSE_TEST_DATABASE", "sqlite")
    if chosen not in {"sqlite", "postgres"}:
        raise pytest.UsageError(f"GATEHOUSE_TEST_DATABASE is {chosen!r}; write sqlite or postgres.")
    return chosen == "postgres"


class Environment:
    """The environment of one run. It must be made before Django reads its settings; worker processes inherit it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gatehouse-tests-"))
        self.cluster: postgres.Cluster | None = None
        for name in [name for name in os.environ if name.startswith("GATEHOUSE_") and name not in OWN_VARIABLES]:
            del os.environ[name]
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "gatehouse.config.settings",
            # Playwright keeps an event loop running in the thread of the tests, which Django would take for async code.
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
            "GATEHOUSE_DATA": str(self.folder),
            "GATEHOUSE_SECRET_KEY": secrets.token_urlsafe(48),
            "GATEHOUSE_PUBLIC_URL": "http://testserver",
        }
        if wants_postgres():
            self._enter_postgres()

    def _enter_postgres(self) -> None:
        """Use the server that GATEHOUSE_TEST_POSTGRES names, as a superuser, or one made for this run."""
        if "GATEHOUSE_TEST_POSTGRES" not in os.environ:
            self.cluster = postgres.Cluster()
            os.environ["GATEHOUSE_TEST_POSTGRES"] = self.cluster.url
        os.environ["GATEHOUSE_DATABASE_URL"] = os.environ["GATEHOUSE_TEST_POSTGRES"]

    def leave(self) -> None:
        """Stop what was started and remove what was written."""
        if self.cluster:
            self.cluster.stop()
        shutil.rmtree(self.folder)
