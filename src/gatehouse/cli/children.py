"""The processes that `gatehouse serve` looks after."""

import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

log = logging.getLogger(__name__)

PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
LONG_LIFE_S = 60.0
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class Child:
    """A program that is started at once, and again whenever it ends by itself."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self._name = name
        self._command = command
        self._pause_s = PAUSE_S
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        # A process group of its own: Ctrl-C reaches the server alone, which then stops its children in order.
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no threads here
        )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def restart_if_ended(self) -> None:
        """Start it again; the more often it ends at once, the longer is the pause before."""
        if not self.ended:
            return
        lived_s = time.monotonic() - self._started
        if lived_s > LONG_LIFE_S:
            self._pause_s = PAUSE_S
        if lived_s < self._pause_s:
            return
        log.error("The %s ended by itself (%s); it is started again.", self._name, self.process.returncode)
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        self._start()


def stop_all(children: Sequence[Child], *, within_s: float) -> None:
    """Ask all to end, wait, and end those that do not hear."""
    deadline = time.monotonic() + within_s
    for child in children:
        child.process.terminate()
    for child in children:
        try:
            child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def end_with_parent() -> None:
    """Let the kernel stop this child should the server be killed, so that the port is free for the next start."""
    if sys.platform == "linux":
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
