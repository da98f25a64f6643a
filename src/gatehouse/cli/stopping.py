"""The order to end, which signals give to the programs that run until then."""

import signal
from queue import Empty, SimpleQueue


class Stop:
    """Set by SIGTERM and SIGINT, for good; threads may wait for it.

    It is no `threading.Event`: a signal that comes while the main thread is about to wait for one would set it under
    the lock that this very thread holds, and wait for ever. The queue's `put` is made to be called by signals.
    """

    def __init__(self) -> None:
        self._given = SimpleQueue[None]()
        self._set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._give)

    def _give(self, *_: object) -> None:
        self._set = True
        self._given.put(None)

    def is_set(self) -> bool:
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; whether the order has come."""
        try:
            self._given.put(self._given.get(timeout=seconds))  # back, for whoever else asks
        except Empty:
            return False
        return True
