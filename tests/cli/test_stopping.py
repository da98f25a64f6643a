"""The order to end, given at any moment."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

# Signals that come between any two steps of waiting; the alarm ends a program that waits for itself.
ROUNDS = """
import os, signal, threading
from gatehouse.cli.stopping import Stop
signal.alarm(30)
for _ in range(200):
    stop = Stop()
    threading.Timer(0.001, os.kill, (os.getpid(), signal.SIGTERM)).start()
    while not stop.wait(0):
        pass
    assert stop.is_set() and stop.wait(0) and stop.wait(1)
print("stopped")
"""


def test_a_signal_amid_waiting_is_heard():
    done = subprocess.run([sys.executable, "-c", ROUNDS], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("stopped\n", "")
