"""A PostgreSQL server for one run of the tests: made in a temporary folder, fast instead of durable, gone afterwards."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

START_SECONDS = 30
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
}


def program(name: str) -> Path:
    """Find a program of the PostgreSQL server; Debian keeps them off PATH."""
    if found := shutil.which(name):
        return Path(found)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not installed:
        raise pytest.UsageError("The PostgreSQL server is not installed: apt install postgresql")
    return installed[-1]


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A running server; `url` names its superuser and the database `postgres`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gatehouse-pg-"))
        # The server refuses to run as root; Debian's package has a user for it.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.log = self.folder / "log"
        self.port = free_port()
        password = secrets.token_hex()
        self.url = f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"
        self._initialize(password)
        self.process = self._start()

    def _initialize(self, password: str) -> None:
        (self.folder / "password").write_text(password)
        for path in (self.folder, self.folder / "password"):
            shutil.chown(path, self.user or os.geteuid())
        subprocess.run(
            [
                *(program("initdb"), "--no-sync", "--username=postgres", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
                *(f"--pgdata={self.folder}/data", f"--pwfile={self.folder}/password"),
            ],
            user=self.user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [program("postgres"), f"-D{self.folder}/data", f"-k{self.folder}", f"-p{self.port}", *settings],
                user=self.user,
                cwd=self.folder,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        self._wait_until_ready(process)
        return process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise pytest.UsageError(f"PostgreSQL did not start:\n{self.log.read_text()}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End the server by the process that was started, and remove its folder."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)
