"""One git program that speaks with one client: fed from the request's body, read for the answer, in flat memory."""

import logging
import os
import selectors
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import IO

from gatehouse.storage.git_refs import git_environment
from gatehouse.storage.serve import BLOCK

log = logging.getLogger(__name__)

# git may answer before it has heard everything; when this much waits to be sent, the rest is not read any more.
MOST_WAITING = 4 * 1024 * 1024
STDERR_KEPT = 4096
PATIENCE_S = 5.0


class Program:
    """A running git command whose output is an answer's body; ended by `close` when the client is gone.

    `config` are settings for this process and its children alone. `listen` names further file descriptors, and what
    to call when one has something to say: it gives False at the end. `opening` is said before git's own words.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        config: Mapping[str, str],
        environment: Mapping[str, str],
        opening: bytes = b"",
        pass_fds: Sequence[int] = (),
        listen: Mapping[int, Callable[[], bool]] | None = None,
    ) -> None:
        self._name = arguments[0]
        self._process = subprocess.Popen(
            ["git", *arguments],
            env={**git_environment(), **configured(config), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self._waiting = deque([opening] if opening else [])
        self._said = b""
        self._stdin, self._stdout = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._stderr = _pipe(self._process.stderr)
        self._ended = False
        os.set_blocking(self._stdin.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ, self._hear)
        self._selector.register(self._stderr, selectors.EVENT_READ, self._overhear)
        for fd, call in (listen or {}).items():
            self._selector.register(fd, selectors.EVENT_READ, call)

    def feed(self, blocks: Iterable[bytes]) -> None:
        """Give git the request's body, and go on listening meanwhile; ends git when the body does not come whole."""
        heard = True
        try:
            for block in blocks:
                # The rest of the body is read even when git is not interested: clients listen only when they have sent.
                heard = heard and self._write(block)
                if self._too_much_waits():
                    break
        except BaseException:
            self.close()
            raise
        self._stdin.close()

    def _write(self, block: bytes) -> bool:
        """Write a block; False when git does not read any more."""
        left = memoryview(block)
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        try:
            while left and not self._too_much_waits():
                for key, _ in self._selector.select():
                    if key.data is None:
                        left = left[os.write(self._stdin.fileno(), left) :]
                    else:
                        self._attend(key)
        except BrokenPipeError:
            return False
        finally:
            self._selector.unregister(self._stdin)
        return True

    def _too_much_waits(self) -> bool:
        return sum(map(len, self._waiting)) > MOST_WAITING

    def __iter__(self) -> "Program":
        return self

    def __next__(self) -> bytes:
        while not self._waiting:
            if self._ended or not self._selector.get_map():
                self._end()
                raise StopIteration
            for key, _ in self._selector.select():
                self._attend(key)
        return self._waiting.popleft()

    def _attend(self, key: selectors.SelectorKey) -> None:
        if not key.data():
            self._selector.unregister(key.fileobj)

    def _hear(self) -> bool:
        data = os.read(self._stdout.fileno(), BLOCK)
        if data:
            self._waiting.append(data)
        return bool(data)

    def _overhear(self) -> bool:
        data = os.read(self._stderr.fileno(), STDERR_KEPT)
        self._said = (self._said + data)[-STDERR_KEPT:]
        return bool(data)

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        code = self._process.wait()
        self._selector.close()
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()
        if code:
            log.info("git %s ended with %s: %s", self._name, code, self._said.decode("utf-8", "replace").strip())

    def close(self) -> None:
        """End git and all that it started, kindly first: it then removes its locks and temporary files."""
        if self._ended:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE_S)
                break
        self._waiting.clear()
        self._end()


def configured(config: Mapping[str, str]) -> dict[str, str]:
    """Give the environment by which one git process alone, with its children, has these settings."""
    variables = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (name, value) in enumerate(config.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - asked for by PIPE
    return stream
