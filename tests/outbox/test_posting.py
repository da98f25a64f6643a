"""Where a webhook may go: nowhere into this hub's own networks, whatever its name says."""

import ipaddress
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from gatehouse.outbox import posting
from gatehouse.outbox.posting import Undeliverable, check_url, may_reach, post
from receiver import Receiver

pytestmark = pytest.mark.once

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255",
    "224.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::7f00:1", "fd00:ec2::254",
    "::ffff:0:7f00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_reached(address: str) -> None:
    assert not may_reach(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are(address: str) -> None:
    assert may_reach(ipaddress.ip_address(address))


def test_an_operator_allows_networks(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8"))
    assert may_reach(ipaddress.ip_address("10.20.3.4"))
    assert may_reach(ipaddress.ip_address("::ffff:10.20.3.4"))
    assert may_reach(ipaddress.ip_address("fd00::1"))
    assert not may_reach(ipaddress.ip_address("10.21.3.4"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_is_sent_to_this_machine_however_it_is_written(receiver: Receiver, settings: Any, host: str) -> None:
    settings.WEBHOOK_NETWORKS = ()
    with pytest.raises(Undeliverable):
        post(f"http://{host}:{receiver.port}/hook", b"{}", {})
    assert receiver.told == []


@pytest.mark.parametrize("host", ["a..example", ".example", f"{'a' * 64}.example"])
def test_what_is_no_name_is_undeliverable_like_any_other(host: str) -> None:
    with pytest.raises(Undeliverable):
        post(f"http://{host}/hook", b"{}", {})


def test_the_address_that_was_checked_is_the_one_that_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads outside when it is checked and inside a moment later is looked up once."""
    answers = iter([receiver.port])

    def rebinding(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", next(answers)))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert post("http://rebinding.example.org/hook", b"{}", {}).status == 200
    assert receiver.told[0].headers["Host"] == "rebinding.example.org"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_whose_address_is_found_too_late_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """Its owner could be slow on purpose, and then answer for hours when nobody would hang up any more."""

    def slowly(*_: Any, **__: Any) -> list[Any]:
        time.sleep(0.4)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    monkeypatch.setattr(posting, "DEADLINE_S", 0.2)
    with pytest.raises(Undeliverable, match="No answer within"):
        post(f"{scheme}://slow.example.org/hook", b"{}", {})
    assert receiver.told == []


def test_an_address_inside_among_others_is_passed_over(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = ()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, receiver.port)) for host in ("127.0.0.1", "1.1.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    tried: list[Any] = []
    monkeypatch.setattr(posting, "_open", lambda *where: tried.append(where[-1]) or (_ for _ in ()).throw(OSError()))
    with pytest.raises(Undeliverable):
        post("http://both.example.org/", b"{}", {})
    assert tried == [("1.1.1.1", receiver.port)]


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///path", "http://[::1", "//example.org",
        "http://a b/", "http://example.org/\r\nX: y", "http://me:secret@example.org/", "http://example.org:99999/",
        "http://ex\u00e4mple.org/", "http://example.org/" + "x" * 2000,
    ],
)  # fmt: skip
def test_an_impossible_address_is_refused(url: str) -> None:
    with pytest.raises(Undeliverable):
        check_url(url)


def test_nobody_there_is_said(receiver: Receiver) -> None:
    receiver.stop()
    with pytest.raises(Undeliverable, match="refused"):
        post(receiver.url, b"{}", {})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost, and the key of it, signed by itself."""
    file = tmp_path / "localhost.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *subject]
    subprocess.run([*command, "-keyout", file, "-out", tmp_path / "only.pem"], check=True, capture_output=True)
    with file.open("ab") as whole:
        whole.write((tmp_path / "only.pem").read_bytes())
    return file


def test_a_certificate_is_believed_only_if_the_operator_trusts_its_authority(
    receiver: Receiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.use_tls(certificate)
    url = receiver.url.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(Undeliverable, match="certificate verify failed: self-signed certificate"):
        post(url, b"{}", {})
    assert receiver.told == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("only.pem")))
    assert post(url, b"{}", {}).status == 200
    with pytest.raises(Undeliverable, match=r"not valid for '127\.0\.0\.1'"):
        post(url.replace("localhost", "127.0.0.1"), b"{}", {})
