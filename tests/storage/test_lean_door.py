"""What all lean doors share: refusals, unexpected failures, request ids, bodies nobody wants."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import BoundedSemaphore, Event
from time import sleep

import pytest

from gatehouse.storage.errors import Refusal
from gatehouse.storage.lean_door import (
    DRAINING_AT_ONCE,
    Door,
    drain,
    header_text,
    path_of,
    plain_refusal,
    request_id,
    run,
)

pytestmark = pytest.mark.once


def answered(handle, method="GET", **environ):
    started = []
    door = Door(re.compile("/x"), handle, plain_refusal)
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/x", "wsgi.input": BytesIO(), **environ}
    body = b"".join(run(door, environ, door.paths.fullmatch("/x"), lambda *given: started.append(given)))
    return started[0][0], dict(started[0][1]), body


def refuse(_environ, _found):
    raise Refusal("No, Zoë.\nNever.", status=418, code="Teapot", headers={"X-More": "1"})


def test_a_refusal_is_worded_in_body_and_headers():
    status, headers, body = answered(refuse)
    assert (status, body.decode()) == ("418 I'm a Teapot", "No, Zoë.\nNever.")
    assert headers["X-Error-Message"] == "No, Zo?. Never."
    assert (headers["X-Error-Code"], headers["X-More"]) == ("Teapot", "1")


def test_a_head_is_refused_without_a_body():
    status, headers, body = answered(refuse, "HEAD")
    assert (status[:3], headers["Content-Length"], body) == ("418", "16", b"")


def test_a_failure_is_logged_and_says_nothing_of_itself(caplog):
    status, _, body = answered(lambda *_: {}["secret"], PATH_INFO="/lfs/upload/" + "a" * 200)
    assert (status[:3], b"secret" in body) == ("500", False)
    assert "KeyError: 'secret'" in caplog.text
    assert "a" * 100 not in caplog.text


def test_a_refused_body_is_read_up_to_a_limit():
    body = BytesIO(b"x" * 3_000_000)
    answered(refuse, "PUT", **{"wsgi.input": body, "wsgi.input_terminated": True})
    assert body.read() == b""
    body.seek(0)
    drain({"wsgi.input": body, "wsgi.input_terminated": True}, 2_000_000)
    assert len(body.read()) == 1_000_000


@pytest.mark.parametrize("message", ["a\x00b", "a\x1bb", "a\x7fb", "aéb", "a\ud800b"])
def test_no_character_breaks_a_header(message):
    assert header_text(message) == "a?b"


def test_a_path_is_text():
    assert path_of({"PATH_INFO": "/é".encode().decode("latin-1")}) == "/é"
    for odd in ("/\xff", "/\x00"):
        with pytest.raises(Refusal):
            path_of({"PATH_INFO": odd})


def test_an_id_is_made_where_the_client_gave_none():
    assert request_id({"HTTP_X_REQUEST_ID": "mine"}) == "mine"
    assert request_id({}) != request_id({})


def test_slow_senders_whose_bodies_nobody_wants_hold_up_a_few_threads_only():
    sent, waiting = Event(), BoundedSemaphore(DRAINING_AT_ONCE)

    class Slow(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            waiting.acquire()
            sent.wait(20)
            return b""

    environ = {"wsgi.input": Slow(), "wsgi.input_terminated": True}
    with ThreadPoolExecutor(DRAINING_AT_ONCE) as pool:
        for _ in range(DRAINING_AT_ONCE):
            pool.submit(drain, environ, 1000)
        while waiting._value:
            sleep(0.01)
        body = BytesIO(b"x")
        drain({"wsgi.input": body, "wsgi.input_terminated": True}, 1000)
        assert body.tell() == 0
        sent.set()
