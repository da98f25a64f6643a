"""From an Internet address to a country, offline."""

import functools
import ipaddress
import threading
from pathlib import Path
from typing import Any

import geoip2fast

UNKNOWN = "unknown"
_loading = threading.Lock()


def locate(ip: str) -> str:
    """Country (ISO 3166-1 alpha-2) of an address, "unknown" for a private one, "" if nothing is known. Never raises."""
    try:
        address = ipaddress.ip_address(ip.strip().partition("%")[0])
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global:
        return UNKNOWN
    code = str(_database().lookup(str(address)).country_code)
    return code if len(code) == 2 and code.isalpha() else ""  # noqa: PLR2004


def _database() -> Any:
    with _loading:
        return _load_database()


@functools.cache
def _load_database() -> Any:
    # By default the library looks into the current directory first, and its data is a pickle: name the file.
    data = Path(geoip2fast.__file__).parent / "geoip2fast-ipv6.dat.gz"
    return geoip2fast.GeoIP2Fast(geoip2fast_data_file=str(data))
