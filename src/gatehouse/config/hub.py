"""What administrators may also set while the hub runs: its name, its address, and who may sign up.

The environment wins over what they set (accounts/hub_settings.py), and that over the default.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from gatehouse.config import env
from gatehouse.config.env import BadSettingError

LONGEST_NAME = 60
LONGEST_URL = 300
SIGNUP = ("open", "invitation", "closed")
# Whoever sits at the machine always comes in, whatever address somebody set.
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# A host as browsers send it: no wildcard, and nothing that Django would take for one.
_ADDRESS = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def _name(variable: str, value: str) -> str:
    if not value.isprintable() or len(value) > LONGEST_NAME:
        raise BadSettingError(f"{variable} is {value!r}; write one line of at most {LONGEST_NAME} characters.")
    return value


def _public_url(variable: str, value: str) -> str:
    url = value.rstrip("/").lower()
    if not _ADDRESS.fullmatch(url) or len(url) > LONGEST_URL or not _has_a_port_that_exists(url):
        raise BadSettingError(f"{variable} is {value!r}; write it like https://hub.example.org, without a path.")
    return url


def _has_a_port_that_exists(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _signup(variable: str, value: str) -> str:
    if value not in SIGNUP:
        raise BadSettingError(f"{variable} is {value!r}; write one of {', '.join(SIGNUP)}.")
    return value


_CHECKS: dict[str, Callable[[str, str], str]] = {"name": _name, "public_url": _public_url, "signup": _signup}
NAMES = tuple(_CHECKS)


def variable(name: str) -> str:
    return f"{env.PREFIX}{name.upper()}"


def check(name: str, value: str) -> str:
    """Give a value as it is kept; raises BadSettingError, which says what to write instead."""
    return _CHECKS[name](variable(name), value)


def fixed(name: str) -> bool:
    """Whether the environment says it, so that nobody else can."""
    return bool(env.given(variable(name)))


def values(kept: Mapping[str, str]) -> dict[str, str]:
    """Give what counts: of the environment, else of what administrators set, else by default."""
    return {name: check(name, env.given(variable(name)) or kept.get(name) or _default(name)) for name in NAMES}


def _default(name: str) -> str:
    """Give the default; the address is the one where `gatehouse serve` listens, or did when it last ran."""
    here = (env.given(env.LISTENS_AT) or env.served_at()) if name == "public_url" else ""
    return here or env.SETTINGS[variable(name)].default


def django_settings(kept: Mapping[str, str], former_url: str = "") -> dict[str, Any]:
    """Give all of Django's settings that follow; at `former_url` the hub still answers, but it never writes it."""
    counts = values(kept)
    url = counts["public_url"]
    addresses = [url, former_url] if former_url else [url]
    secure = url.startswith("https:")
    return {
        "HUB_NAME": counts["name"],
        "SIGNUP": counts["signup"],
        "PUBLIC_URL": url,
        "SECURE": secure,
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
        "ALLOWED_HOSTS": [*map(_host, addresses), *LOOPBACK],
        "CSRF_TRUSTED_ORIGINS": addresses,
    }


def _host(url: str) -> str:
    host = str(urlsplit(url).hostname)
    return f"[{host}]" if ":" in host else host
