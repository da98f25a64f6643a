"""Access to a gated repository after a payment; a refund takes it away.

A payment provider sends its events to this small server. They are signed as Stripe signs them, and their fields are
Stripe's: what to change for another provider stands in `checked` and `payment_in`. See README.md.
"""

import hashlib
import hmac
import json
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

TOLERANCE_S = 300  # an event that was signed longer ago may be a copy that somebody kept
LARGEST_EVENT = 1_000_000
REFUNDED = "The payment was refunded."
TABLE = """
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, username TEXT NOT NULL DEFAULT '', repo_id TEXT NOT NULL DEFAULT '',
    paid INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0,
    told TEXT NOT NULL DEFAULT '',  -- the last that the hub was told: paid, refunded
    let_in INTEGER NOT NULL DEFAULT 0,  -- the person has access by us
    problem TEXT NOT NULL DEFAULT ''  -- for somebody to look at
);
"""
THEIRS = "SELECT * FROM payments WHERE repo_id = :repo_id AND lower(username) = lower(:username) AND paid"
log = logging.getLogger("payments")


class NotGenuineError(Exception):
    """The event does not come from the provider, or not now."""


@dataclass(frozen=True)
class Payment:
    """What an event tells of one payment."""

    id: str
    username: str = ""
    repo_id: str = ""
    paid: bool = False
    refunded: bool = False


def checked(body: bytes, header: str, secret: str, now: float) -> dict[str, Any]:
    """Give the event if its signature `t=SECONDS,v1=HEX` was made with our secret a short while ago."""
    parts = [part.strip().partition("=")[::2] for part in header.split(",")]
    signed_at = next((value for name, value in parts if name == "t"), "")
    if not (signed_at.isascii() and signed_at.isdigit() and abs(now - int(signed_at)) <= TOLERANCE_S):
        raise NotGenuineError
    wanted = hmac.new(secret.encode(), signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    # There are two signatures while a secret is replaced by a new one.
    if not any(hmac.compare_digest(wanted.encode(), value.encode()) for name, value in parts if name == "v1"):
        raise NotGenuineError
    return dict(json.loads(body))


def payment_in(event: dict[str, Any]) -> Payment | None:
    """Read the payment out of an event; None where it is of no interest here."""
    about = event["data"]["object"]
    match event["type"]:
        case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
            if about.get("payment_status") != "paid" or not about.get("payment_intent"):
                return None
            repo_id = (about.get("metadata") or {}).get("repo_id", "")
            return Payment(about["payment_intent"], about.get("client_reference_id") or "", repo_id, paid=True)
        case "charge.refunded" if about.get("refunded") and about.get("payment_intent"):  # in full, not a part of it
            return Payment(about["payment_intent"], refunded=True)
    return None


class Desk:
    """Remembers who paid for what, and brings the hub in line with it.

    What was paid and refunded is written down first, what the hub was told afterwards. Between the two the hub may be
    away: the provider is answered 503, sends the event again, and the rest is done then.
    """

    def __init__(self, path: str, api: HfApi, repos: set[str]) -> None:
        self.path, self.api, self.repos = path, api, repos
        self.one_at_a_time = threading.Lock()
        with self._state() as state:
            state.executescript(TABLE)

    def take(self, event: dict[str, Any]) -> None:
        """Do what an event calls for, once however often it comes."""
        payment = payment_in(event)
        if payment is None or (payment.paid and payment.repo_id not in self.repos):
            return
        with self.one_at_a_time, self._state() as state:
            # A refund may come before the payment that it is for: events have no order.
            state.execute("INSERT OR IGNORE INTO payments (id) VALUES (:id)", {"id": payment.id})
            if payment.refunded:
                state.execute("UPDATE payments SET refunded = 1 WHERE id = ?", [payment.id])
            else:
                values = [payment.username, payment.repo_id, payment.id]
                state.execute(
                    "UPDATE payments SET paid = 1, username = ?, repo_id = ? WHERE id = ? AND NOT paid", values
                )
            self._settle(state, payment.id)

    def name(self, payment_id: str, username: str) -> None:
        """Say whose payment it was, where the event named nobody whom the hub knows."""
        with self.one_at_a_time, self._state() as state:
            renamed = "UPDATE payments SET username = ?, told = '' WHERE id = ? AND problem <> ''"
            if not state.execute(renamed, [username, payment_id]).rowcount:
                sys.exit(f"{payment_id} is not among the problems.")
            self._settle(state, payment_id)

    def problems(self) -> list[sqlite3.Row]:
        with self._state() as state:
            return state.execute("SELECT id, username, repo_id, problem FROM payments WHERE problem <> ''").fetchall()

    @contextmanager
    def _state(self) -> Iterator[sqlite3.Connection]:
        """Open the file of payments; each statement is kept at once."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as state:
            state.row_factory = sqlite3.Row
            yield state

    def _settle(self, state: sqlite3.Connection, payment_id: str) -> None:
        """Tell the hub what is known of a payment, unless it was told."""
        row = state.execute("SELECT * FROM payments WHERE id = ? AND paid", [payment_id]).fetchone()
        news = row and ("refunded" if row["refunded"] else "paid")
        if row is None or row["told"] == news:
            return
        problem = (self._put_out if row["refunded"] else self._let_in)(state, row)
        state.execute("UPDATE payments SET told = ?, problem = ? WHERE id = ?", [news, problem, payment_id])
        log.info("%s %s, %s %s: %s", news, payment_id, row["repo_id"], row["username"], problem or "done")

    def _let_in(self, state: sqlite3.Connection, row: sqlite3.Row) -> str:
        if not row["username"]:
            return "The payment names no user."
        let_in = "UPDATE payments SET let_in = ? WHERE id = ?"
        state.execute(let_in, [True, row["id"]])  # before the call, whose answer may get lost
        try:
            self.api.grant_access(row["repo_id"], row["username"])
        except HfHubHTTPError as error:
            problem = _sentence(error)
            if not row["let_in"]:  # somebody else let them in, or nobody could: a refund is not to put them out
                state.execute(let_in, [False, row["id"]])
            return "" if "already has access" in problem else problem
        return ""

    def _put_out(self, state: sqlite3.Connection, row: sqlite3.Row) -> str:
        """End the access, unless they have paid for it once more, or have it from somebody else."""
        theirs = state.execute(THEIRS, dict(row)).fetchall()
        if any(not one["refunded"] for one in theirs) or not any(one["let_in"] for one in theirs):
            return ""
        try:
            self.api.reject_access_request(row["repo_id"], row["username"], rejection_reason=REFUNDED)
        except HfHubHTTPError as error:
            problem = _sentence(error)
            if error.response.status_code != HTTPStatus.NOT_FOUND:  # else they are out already
                return problem
        state.executemany("UPDATE payments SET let_in = 0 WHERE id = ?", [(one["id"],) for one in theirs])
        return ""


def _sentence(error: HfHubHTTPError) -> str:
    """Give what the hub says where asking again will not help; else raise, to be asked again."""
    if error.response.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        return str(error.response.headers.get("X-Error-Message", error))
    raise error


class Door(BaseHTTPRequestHandler):
    """Takes events by POST; whatever is not signed is turned away unread."""

    desk: Desk
    secret: str
    timeout = 10

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_EVENT:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(int(length))
        self._answer(self._take(body))

    def _take(self, body: bytes) -> HTTPStatus:
        try:
            self.desk.take(checked(body, self.headers.get("Stripe-Signature", ""), self.secret, time.time()))
        except NotGenuineError:
            return HTTPStatus.BAD_REQUEST
        except Exception:
            log.exception("not done: the provider will send it again")
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.OK

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server uses
        log.debug(format, *args)


def serve(desk: Desk) -> None:
    """Take events until SIGTERM; first make sure that the token may decide about the repositories."""
    for repo_id in desk.repos:
        next(iter(desk.api.list_pending_access_requests(repo_id)), None)
    door = type("DeskDoor", (Door,), {"desk": desk, "secret": os.environ["WEBHOOK_SECRET"]})
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8500"))), door)
    server.daemon_threads = False  # an event that is being taken is taken to its end
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info("taking events on http://127.0.0.1:%s", server.server_port)
    server.serve_forever()
    server.server_close()


def main(arguments: list[str]) -> None:
    """`payments.py` serves; `problems` lists what a person has to look at; `name PAYMENT USERNAME` mends it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    desk = Desk(os.environ.get("STATE", "payments.sqlite3"), HfApi(), set(os.environ["REPOS"].split()))
    match arguments:
        case []:
            serve(desk)
        case ["problems"]:
            for row in desk.problems():
                print(*row, sep="\t")
        case ["name", payment_id, username]:
            desk.name(payment_id, username)
        case _:
            sys.exit(main.__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
