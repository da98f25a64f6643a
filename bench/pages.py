"""How long the server takes for each page of the demo world, for each who reads it. Run by `make bench`.

The pages are those of tests/browser/pages.py. Each is asked for over one connection, compressed, as browsers do.
"""

import http.client
import json
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser.pages import PAGES, ListedPage
from browser.world import DemoServer

ROUNDS = 20
GOAL_MS = 50


def ask(server: DemoServer, connection: http.client.HTTPConnection, page: ListedPage, reader: str) -> float:
    """Give the milliseconds until a page has come."""
    headers = {"Accept-Encoding": "gzip", "Accept-Language": "en"}
    if reader in server.sessions:
        headers["Cookie"] = f"gatehouse_session={server.sessions[reader]}"
    began = time.perf_counter()
    connection.request("GET", server.address(page), headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != page.status:
        raise SystemExit(f"{page.name} for {reader} answered {answer.status}")
    return (time.perf_counter() - began) * 1000


def measure(server: DemoServer) -> dict[str, list[float]]:
    """Go through all pages, round after round; the first round warms up."""
    parts = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80)
    taken: dict[str, list[float]] = {}
    for number in range(ROUNDS + 1):
        for page in PAGES:
            for reader in page.readers:
                milliseconds = ask(server, connection, page, reader)
                if number:
                    taken.setdefault(f"{page.name} for {reader}", []).append(milliseconds)
    connection.close()
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, DemoServer(Path(folder), GATEHOUSE_RATE_PAGES="0") as server:
        taken = measure(server)
    everything = sorted(time for times in taken.values() for time in times)
    p95 = statistics.quantiles(everything, n=20)[-1]
    slowest = max(taken, key=lambda name: statistics.median(taken[name]))
    for name in sorted(taken, key=lambda name: -statistics.median(taken[name]))[:12]:
        print(f"   {statistics.median(taken[name]):6.1f} ms  {name}", file=sys.stderr)
    rows = [
        ("all pages, median, ms", statistics.median(everything), "", None),
        ("all pages, 95th percentile, ms", p95, f"under {GOAL_MS}", p95 < GOAL_MS),
        (f"the slowest page ({slowest}), median, ms", statistics.median(taken[slowest]), "", None),
    ]
    print(json.dumps([{"what": w, "measured": f"{m:.1f}", "goal": g, "met": met} for w, m, g, met in rows]))


if __name__ == "__main__":
    main()
