"""Four clients that fail to sign in, and what a HEAD of a file feels of it. Run by `make bench`."""

import collections
import http.client
import ipaddress
import json
import random
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from live import LiveServer  # the server of the tests

CLIENTS = 4
ROUNDS = 4
SECONDS = 4.0
# Each try comes from an address of its own; the limits of how often one may ask are counted, and never reached.
SETTINGS = {"GATEHOUSE_TRUSTED_PROXIES": "1", "GATEHOUSE_RATE_RESOLVERS": "1000000", "GATEHOUSE_RATE_PAGES": "1000000"}


def head_times(address: tuple[str, int], seconds: float) -> list[float]:
    """Ask one HEAD after the other on one connection, and give each one's milliseconds."""
    connection = http.client.HTTPConnection(*address)
    taken, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        connection.request("HEAD", "/alice/weights/resolve/main/README.md")
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise SystemExit(f"HEAD answered {answer.status}")
    connection.close()
    return taken


def fail_to_sign_in(address: tuple[str, int], stop: threading.Event, tries: list[int]) -> None:
    while not stop.is_set():
        connection = http.client.HTTPConnection(*address)
        connection.request("GET", "/login", headers={"X-Forwarded-For": "192.0.2.1"})
        page = connection.getresponse()
        cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
        form = {
            "csrfmiddlewaretoken": found[1] if found else "",
            "login": f"nobody{random.random()}",
            "password": "wrong",
        }
        # From another address each time: one address alone is soon told to wait, and costs nothing then.
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie,
            "X-Forwarded-For": str(ipaddress.IPv4Address(random.getrandbits(31))),
        }
        connection.request("POST", "/login", urllib.parse.urlencode(form), headers)
        tries.append(connection.getresponse().status)
        connection.close()


def measure(server: LiveServer) -> tuple[float, float, float, int]:
    """Interleave quiet and busy rounds; give the medians of each, the busy 95th percentile and the tries made."""
    parts = urllib.parse.urlsplit(server.url)
    address = (str(parts.hostname), parts.port or 80)
    quiet: list[float] = []
    busy: list[float] = []
    tries: list[int] = []
    for _ in range(ROUNDS):
        quiet += head_times(address, SECONDS)
        stop = threading.Event()
        clients = [threading.Thread(target=fail_to_sign_in, args=(address, stop, tries)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        busy += head_times(address, SECONDS)
        stop.set()
        for client in clients:
            client.join()
    if set(tries) != {200}:  # the form again, after the password was looked at
        raise SystemExit(f"Signing in was answered {collections.Counter(tries)}")
    return statistics.median(quiet), statistics.median(busy), statistics.quantiles(busy, n=20)[-1], len(tries)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, LiveServer(Path(folder), **SETTINGS) as server:
        server.cli(
            "user", "create", "alice", "--email", "alice@example.org", "--password-stdin", stdin="x-long-password"
        )
        token = server.cli("token", "create", "alice", "--role", "write").strip()
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc)
        body = json.dumps({"name": "weights", "type": "model", "license": "mit"})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/repos/create", body, headers)
        connection.getresponse().read()
        quiet, busy, slowest, tries = measure(server)
    row = {
        "what": f"HEAD of a file while {CLIENTS} clients fail to sign in ({tries} tries), median",
        "measured": f"{busy:.2f} ms against {quiet:.2f} ms: {busy / quiet:.2f} times, 95th percentile {slowest:.2f}",
        "goal": "at most 2 times",
        "met": busy <= 2 * quiet,
    }
    print(json.dumps([row]))


if __name__ == "__main__":
    main()
