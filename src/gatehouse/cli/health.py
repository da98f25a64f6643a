"""Asks a web server on this machine whether it answers."""

import http.client
import time
from collections.abc import Callable
from http import HTTPStatus

TICK_S = 0.05
TIMEOUT_S = 10


def wait_until_healthy(host: str, port: int, *, give_up: Callable[[], bool]) -> bool:
    """Wait until GET /healthz answers 200; False once `give_up` says so."""
    while not _healthy(_reachable(host), port):
        if give_up():
            return False
        time.sleep(TICK_S)
    return True


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not listened on


def _healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
