"""The real `gatehouse serve` in a process of its own, on a data folder of its own."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import prepared
from commands import Commands
from postgres import free_port

START_SECONDS = 60
STOP_SECONDS = 20
CONTRACT = Path(__file__).parent / "contract"
GATEHOUSE = Path(sys.executable).with_name("gatehouse")


class LiveServer:
    """A hub that programs and browsers can talk to at `url`.

    Further settings are given as keywords: LiveServer(folder, GATEHOUSE_SIGNUP="closed"). It can be stopped and started
    again on the same data; as a context manager it does both. `first` starts where nothing is, not even a folder.
    """

    def __init__(self, folder: Path, *, first: bool = False, **settings: str) -> None:
        self.data = folder / "data"
        self.log = folder / "serve.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        within_tests = "PYTEST_VERSION" in os.environ  # benchmarks and pictures start where nothing is, too
        self.database = prepared.copy_database(self.data) if within_tests and not first else prepared.empty_database()
        # A key of its own, made in the data folder at the first start, as on an operator's machine.
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "GIT_TEST_"))
        }
        self.environ = inherited | {"GATEHOUSE_DATA": str(self.data), "GATEHOUSE_PUBLIC_URL": self.url}
        if self.database:
            self.environ["GATEHOUSE_DATABASE_URL"] = prepared.address_of(self.database)
        self.report = folder / "not-as-described.txt"
        self.environ |= self._witness() | settings
        self.process: subprocess.Popen[bytes] | None = None
        self._commands: Commands | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._commands:
            self._commands.close()
        if self.database:
            prepared.drop(self.database)
        assert not self.report.exists(), f"some answers were not as described:\n{self.report.read_text()}"

    def start(self, *options: str) -> None:
        """Start serving and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [GATEHOUSE, "serve", "--host", "127.0.0.1", "--port", str(self.port), *options],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"gatehouse serve did not start:\n{self.log_tail()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server to end; end it hard when it does not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
            self.process = None

    def cli(self, *arguments: str, stdin: str = "") -> str:
        """Run `gatehouse ARGUMENTS` on the same data and give what it prints, without the last line's end."""
        if self._commands is None:
            self._commands = Commands(self.environ)
        done = self._commands.run(*arguments, stdin=stdin)
        assert done.returncode == 0, f"gatehouse {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout.rstrip("\n")

    def log_tail(self, lines: int = 80) -> str:
        """Give the end of what the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _witness(self) -> dict[str, str]:
        """Have every answer of the API held against what is promised, see tests/contract; not where time is measured."""
        if "PYTEST_VERSION" not in os.environ:
            return {}
        inherited = {"CONTRACT_OPENAPI": os.environ["GATEHOUSE_OPENAPI"]} if "GATEHOUSE_OPENAPI" in os.environ else {}
        return inherited | {"PYTHONPATH": str(CONTRACT), "CONTRACT_REPORT": str(self.report)}
