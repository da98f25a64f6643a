"""`examples/access_after_payment`, run as its README says, with events signed as the provider signs them."""

import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.people import sign_up
from clients.running import program, run, run_python
from live import LiveServer
from postgres import free_port

pytestmark = pytest.mark.client
PROGRAM = Path(__file__).parents[2] / "examples" / "access_after_payment" / "payments.py"
SECRET = "whsec_of_the_tests"
PUBLISH = """
    import sys
    from huggingface_hub import HfApi
    HfApi().create_repo(sys.argv[1])
    HfApi().update_repo_settings(sys.argv[1], gated="manual")
"""
STATUSES = """
    import json, sys
    from huggingface_hub import HfApi
    api = HfApi()
    lists = api.list_accepted_access_requests, api.list_rejected_access_requests
    print(json.dumps([[request.username for request in listed(sys.argv[1])] for listed in lists]))
"""


class Shop:
    """The author's program, and the provider that sends it events."""

    def __init__(self, hub: LiveServer, folder: Path, env: dict[str, str], repo_id: str) -> None:
        self.hub, self.repo_id, self.port = hub, repo_id, free_port()
        ours = {
            "WEBHOOK_SECRET": SECRET,
            "REPOS": repo_id,
            "PORT": str(self.port),
            "STATE": str(folder / "state.sqlite3"),
        }
        self.env = env | ours
        self.process: subprocess.Popen[bytes] | None = None
        self.numbers = 0

    def open(self, hub_url: str = "") -> None:
        env = self.env | ({"HF_ENDPOINT": hub_url} if hub_url else {})
        self.process = subprocess.Popen([program("hub-newest", "python"), "-W", "ignore", PROGRAM], env=env)
        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return self.send(b"{}", "")
            except urllib.error.HTTPError:
                return None
            except OSError:
                time.sleep(0.05)
        raise AssertionError("payments.py did not start")

    def close(self) -> None:
        if self.process:
            self.process.terminate()
            assert self.process.wait(20) == 0
            self.process = None

    def send(self, body: bytes, signature: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", body, {"Stripe-Signature": signature})
        assert urllib.request.urlopen(request, timeout=30).status == 200

    def event(self, kind: str, **about: Any) -> bytes:
        self.numbers += 1
        return json.dumps({"id": f"evt_{self.numbers}", "type": kind, "data": {"object": about}}).encode()

    def paid(self, payment: str, username: str, **more: Any) -> None:
        about = {"payment_intent": payment, "payment_status": "paid", "client_reference_id": username}
        body = self.event("checkout.session.completed", **about | {"metadata": {"repo_id": self.repo_id}} | more)
        self.send(body, signed(body))

    def refunded(self, payment: str, *, in_full: bool = True) -> None:
        body = self.event("charge.refunded", payment_intent=payment, refunded=in_full)
        self.send(body, signed(body))

    def command(self, *arguments: str) -> str:
        return run([program("hub-newest", "python"), PROGRAM, *arguments], self.env).out

    @property
    def accepted(self) -> list[str]:
        return list(run_python("hub-newest", STATUSES, self.env, self.repo_id).json[0])

    @property
    def rejected(self) -> list[str]:
        return list(run_python("hub-newest", STATUSES, self.env, self.repo_id).json[1])


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET) -> str:
    moment = int(time.time() if at is None else at)
    return f"t={moment},v1={hmac.new(secret.encode(), f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()},v0=00"


@pytest.fixture
def shop(live_server: LiveServer, client_env: Callable[..., dict[str, str]], tmp_path: Path) -> Iterator[Shop]:
    name, token = sign_up(live_server, "alice")
    env = client_env(live_server.url, token)
    run_python("hub-newest", PUBLISH, env, f"{name}/weights")
    shop = Shop(live_server, tmp_path, env, f"{name}/weights")
    shop.open()
    yield shop
    shop.close()


@pytest.fixture
def carol(live_server: LiveServer) -> str:
    return sign_up(live_server, "carol")[0]


def test_payment_lets_in_and_refund_puts_out(shop: Shop, carol: str) -> None:
    shop.paid("pi_1", carol)
    assert shop.accepted == [carol]
    shop.refunded("pi_1", in_full=False)
    assert shop.accepted == [carol]
    shop.close()
    shop.open()
    shop.refunded("pi_1")
    assert (shop.accepted, shop.rejected) == ([], [carol])
    shop.paid("pi_1", carol)  # the first event, sent once more
    assert shop.rejected == [carol]
    shop.paid("pi_2", carol)
    assert shop.accepted == [carol]


def test_only_genuine_events_of_now_count(shop: Shop, carol: str) -> None:
    about = {"payment_intent": "pi", "payment_status": "paid", "client_reference_id": carol}
    body = shop.event("checkout.session.completed", **about, metadata={"repo_id": shop.repo_id})
    forged = (
        signed(body, at=time.time() - 400),
        signed(body, at=time.time() + 400),
        signed(body, secret="another"),
        signed(body + b" "),
        signed(body).replace("v1=", "v2="),
        f"t={os.urandom(3).hex()}x,v1=é",
        "",
    )
    for signature in forged:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            shop.send(body, signature.encode().decode("latin-1"))
    assert shop.accepted == []
    shop.send(body, f"v1=00,{signed(body)}")
    assert shop.accepted == [carol]


def test_other_goods_open_nothing_and_unpaid_ones_neither(shop: Shop, carol: str) -> None:
    shop.paid("pi_1", carol, metadata={"repo_id": "alice/another"})
    shop.paid("pi_2", carol, metadata=None)
    shop.paid("pi_3", carol, payment_status="unpaid")
    assert shop.accepted == []


def test_the_order_of_events_does_not_matter(shop: Shop, carol: str) -> None:
    shop.refunded("pi_1")
    shop.paid("pi_1", carol)
    assert shop.accepted == []


def test_who_paid_twice_stays_until_both_are_refunded(shop: Shop, carol: str) -> None:
    shop.paid("pi_1", carol)
    shop.paid("pi_2", carol.upper())
    shop.refunded("pi_1")
    assert shop.accepted == [carol]
    shop.refunded("pi_2")
    assert shop.rejected == [carol]


def test_a_refund_leaves_whom_the_author_let_in(shop: Shop, carol: str) -> None:
    grant = "import sys; from huggingface_hub import HfApi; HfApi().grant_access(*sys.argv[1:])"
    run_python("hub-newest", grant, shop.env, shop.repo_id, carol)
    shop.paid("pi_1", carol)
    shop.refunded("pi_1")
    assert shop.accepted == [carol]


def test_unknown_people_wait_for_somebody_to_look(shop: Shop, carol: str) -> None:
    shop.paid("pi_1", "no-such-person")
    shop.paid("pi_2", "")
    assert shop.command("problems").splitlines() == [
        f"pi_1\tno-such-person\t{shop.repo_id}\tUser not found",
        f"pi_2\t\t{shop.repo_id}\tThe payment names no user.",
    ]
    shop.command("name", "pi_1", carol)
    assert shop.accepted == [carol]
    shop.refunded("pi_2")
    assert shop.command("problems") == ""


def test_while_the_hub_is_away_the_event_is_asked_for_again(shop: Shop, carol: str) -> None:
    shop.hub.stop()
    try:
        with pytest.raises(urllib.error.HTTPError, match="503"):
            shop.paid("pi_1", carol)
    finally:
        shop.hub.start()
    shop.paid("pi_1", carol)
    assert shop.accepted == [carol]
