"""`gatehouse` commands for tests: each in a process forked from one that has the hub's code loaded, a second's work saved.

Tests of the program itself start it as people do, see tests/cli.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from subprocess import CompletedProcess
from threading import Lock


class Commands:
    """Runs commands one after the other, with settings that stay as they are."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._turn = Lock()
        self._process = subprocess.Popen(
            [sys.executable, __file__], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str, stdin: str = "") -> CompletedProcess[str]:
        """Run `gatehouse ARGUMENTS` and give what became of it."""
        assert self._process.stdin
        assert self._process.stdout
        with self._turn:
            self._process.stdin.write(json.dumps([arguments, stdin]) + "\n")
            self._process.stdin.flush()
            code, out, err = json.loads(self._process.stdout.readline())
        return CompletedProcess(arguments, code, out, err)

    def close(self) -> None:
        self._process.communicate()


def serve() -> None:
    """Load the hub, then run what comes, a line each, until nothing comes any more."""
    from django.db import connection

    from gatehouse.cli.hub import open_hub

    open_hub(make=True)
    import gatehouse.cli.fsck
    import gatehouse.cli.org
    import gatehouse.cli.token
    import gatehouse.cli.user  # noqa: F401

    connection.close()  # what is open must not be shared with those that are forked
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_forked(*json.loads(line))) + "\n")
        sys.stdout.flush()


def _forked(arguments: list[str], stdin: str) -> tuple[int, str, str]:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        child = os.fork()
        if child == 0:
            for number, file in enumerate((given, out, err)):
                os.dup2(file.fileno(), number)
            os._exit(_main(arguments))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return code, out.read().decode(), err.read().decode()


def _main(arguments: list[str]) -> int:
    """Do what the program does, as far as its end: give the exit code and write everything out."""
    from gatehouse.cli.main import main

    sys.stdin = open(0)  # noqa: SIM115 - nothing is left of what the parent has read ahead
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - as Python itself ends
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve()
