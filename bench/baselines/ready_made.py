"""A server that only answers with ready-made bytes: what the hub at BENCH_HUB said to the same request once before."""

import http.client
import os
from urllib.parse import urlsplit

HUB = urlsplit(os.environ["BENCH_HUB"]).netloc
PASSED_ON = ("HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_RANGE")
OF_THE_CONNECTION = {"connection", "date", "keep-alive", "server", "transfer-encoding"}
answers: dict[tuple[str, str], tuple[str, list[tuple[str, str]], bytes]] = {}


def app(environ, start_response):
    query = environ.get("QUERY_STRING", "")
    address = environ["PATH_INFO"] + (f"?{query}" if query else "")
    known = answers.get((environ["REQUEST_METHOD"], address))
    if known is None:
        known = answers[environ["REQUEST_METHOD"], address] = asked(environ, address)
    status, headers, body = known
    start_response(status, headers)
    return [body]


def asked(environ, address: str) -> tuple[str, list[tuple[str, str]], bytes]:
    headers = {name.removeprefix("HTTP_").replace("_", "-"): environ[name] for name in PASSED_ON if name in environ}
    connection = http.client.HTTPConnection(HUB)
    connection.request(environ["REQUEST_METHOD"], address, headers=headers)
    answer = connection.getresponse()
    kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in OF_THE_CONNECTION]
    return f"{answer.status} {answer.reason}", kept, answer.read()
