"""`git http-backend` behind the thinnest WSGI there is: what git itself takes to serve a clone over HTTP.

BENCH_REPOS names the folder of bare repositories.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

BLOCK = 256 * 1024


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    """Run the CGI program and pass on what it says."""
    body = environ["wsgi.input"].read()
    names = (
        "REQUEST_METHOD",
        "PATH_INFO",
        "QUERY_STRING",
        "CONTENT_TYPE",
        "HTTP_GIT_PROTOCOL",
        "HTTP_CONTENT_ENCODING",
    )
    cgi = {name: environ.get(name, "") for name in names} | {"CONTENT_LENGTH": str(len(body))}
    cgi |= {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": os.environ["BENCH_REPOS"], "GIT_HTTP_EXPORT_ALL": "1"}
    cgi |= {"REMOTE_ADDR": "127.0.0.1", "GIT_PROTOCOL": cgi["HTTP_GIT_PROTOCOL"]}
    process = subprocess.Popen(["git", "http-backend"], env=cgi, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(body)
    process.stdin.close()
    headers = []
    while line := process.stdout.readline().strip():
        name, _, value = line.decode().partition(": ")
        headers.append((name, value))
    status = dict(headers).pop("Status", "200 OK")
    start_response(status, [(name, value) for name, value in headers if name != "Status"])
    return _rest(process)


def _rest(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert process.stdout is not None
    with process:
        while block := process.stdout.read(BLOCK):
            yield block
