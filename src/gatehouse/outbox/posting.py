"""One request to an address that a person gave: never into this machine's own networks, never for long."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

DEADLINE_S = 10.0  # for connecting, sending and the answer together
LONGEST_ANSWER = 4096  # bytes of it that are read
LONGEST_URL = 2000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv6 addresses that lead to an IPv4 address inside them, which no check would see.
_TUNNELS = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96"))
)


class Undeliverable(Exception):
    """Nothing was answered; the text says why."""


@dataclass(frozen=True)
class Reply:
    """What the receiver said, and how long that took."""

    status: int
    text: str
    duration_ms: int


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send `body` once; redirects are not followed. Raises Undeliverable."""
    started = time.monotonic()
    status, answer = _ask("POST", check_url(url), body, headers, LONGEST_ANSWER)
    text = answer.decode("utf-8", "replace").replace("\0", "")
    return Reply(status, text, round(1000 * (time.monotonic() - started)))


def fetch(url: str, *, most: int) -> bytes:
    """Get a small document of at most `most` bytes; redirects are not followed. Raises Undeliverable."""
    status, answer = _ask("GET", check_url(url), None, {"Accept": "application/json"}, most + 1)
    if status != http.client.OK or len(answer) > most:
        raise Undeliverable(f"{url} answered {status}." if len(answer) <= most else f"{url} is too long.")
    return answer


def _ask(
    method: str, parts: SplitResult, body: bytes | None, headers: Mapping[str, str], most: int
) -> tuple[int, bytes]:
    """Give status and beginning of the answer.

    The name is resolved once and the connection goes to the very address that was checked: a name that changes its
    address in between (DNS rebinding) gains nothing.
    """
    started = time.monotonic()
    connection = _connection(parts)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # A time-out counts anew with every byte; the timer ends also those who answer one byte at a time.
    timer = Timer(DEADLINE_S, _hang_up, [connection])
    timer.daemon = True
    timer.start()
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.read(most)
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no name at all, as in a..b
        late = time.monotonic() - started >= DEADLINE_S
        raise Undeliverable(f"No answer within {DEADLINE_S:.0f} s." if late else _why(error)) from error
    finally:
        timer.cancel()
        connection.close()


def check_url(url: str) -> SplitResult:
    """Take an address apart; raises Undeliverable for one that no request could go to."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        raise Undeliverable("An address begins with http:// or https:// and holds no spaces.")
    if parts.username is not None or parts.password is not None:
        raise Undeliverable("An address holds no user name or password: use a webhook's secret.")
    return parts


def may_reach(address: Address) -> bool:
    """Whether an address is in the public internet, or in a network that the operator allows."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in settings.WEBHOOK_NETWORKS):
        return True
    if address.is_multicast or any(address in network for network in _TUNNELS):
        return False
    return address.is_global and not getattr(address, "is_site_local", False)


def _connection(parts: SplitResult) -> "_PlainConnection | _SecureConnection":
    host = str(parts.hostname)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return _SecureConnection(host, parts.port or 443, timeout=DEADLINE_S, context=context)
    return _PlainConnection(host, parts.port or 80, timeout=DEADLINE_S)


class _PlainConnection(http.client.HTTPConnection):
    """Connects only to an address that may be reached; `line` stays known while an answer is read."""

    line: socket.socket | None = None
    over = False

    def connect(self) -> None:
        self.sock = self.line = _connect(self.host, self.port)
        _require_time(self)


class _SecureConnection(http.client.HTTPSConnection):
    """As above; the certificate must be for the name, not for the address."""

    line: socket.socket | None = None
    over = False

    def __init__(self, host: str, port: int, *, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._tls = context

    def connect(self) -> None:
        plain = _connect(self.host, self.port)
        secure = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = self.line = secure
        _require_time(self)
        secure.do_handshake()


def _connect(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, where in found:
        if may_reach(ipaddress.ip_address(str(where[0]).partition("%")[0])):
            return _open(family, kind, protocol, where)
    raise Undeliverable(
        f"{host} is an address in this hub's own networks, to which it sends nothing"
        " (an operator can allow networks by GATEHOUSE_WEBHOOK_NETWORKS)."
    )


def _open(family: int, kind: int, protocol: int, where: Any) -> socket.socket:
    connected = socket.socket(family, kind, protocol)
    try:
        connected.settimeout(DEADLINE_S)
        connected.connect(where)
    except BaseException:
        connected.close()
        raise
    return connected


def _hang_up(connection: _PlainConnection | _SecureConnection) -> None:
    """Wake whoever waits for this connection: reading finds its end, and so does who has none yet."""
    connection.over = True
    if connection.line:
        with suppress(OSError):
            socket.socket.shutdown(connection.line, socket.SHUT_RDWR)


def _require_time(connection: _PlainConnection | _SecureConnection) -> None:
    """Give up where finding the address took all the time: nobody would wake us any more."""
    if connection.over:
        raise TimeoutError


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"No answer within {DEADLINE_S:.0f} s."
    return f"{error or type(error).__name__}"[:500]
