"""Countries of Internet addresses."""

from pathlib import Path

import pytest

from gatehouse.access import locate as module
from gatehouse.access.locate import locate

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("ip", "country"),
    [("8.8.8.8", "US"), (" 8.8.8.8 ", "US"), ("::ffff:193.99.144.80", "DE"), ("2a02:2e0:3fe:1001:302::", "DE")],
)
def test_it_knows_the_country(ip: str, country: str) -> None:
    assert locate(ip) == country


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "100.64.0.1"]
)
def test_it_does_not_know_private_addresses(ip: str) -> None:
    assert locate(ip) == "unknown"


@pytest.mark.parametrize("ip", ["", "nonsense", "1.2.3", "1.2.3.4.5", "9" * 5000, "\0", "8.8.8.8; drop table"])
def test_it_never_raises(ip: str) -> None:
    assert not locate(ip)


def test_it_loads_its_data_from_the_library_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "geoip2fast-ipv6.dat.gz").write_bytes(b"planted")
    (tmp_path / "geoip2fast.dat.gz").write_bytes(b"planted")
    monkeypatch.chdir(tmp_path)
    module._load_database.cache_clear()
    assert locate("8.8.8.8") == "US"
    assert module._load_database() is module._load_database()
