"""People who use client programs, and how they come to the hub."""

import itertools
from dataclasses import dataclass

from live import LiveServer

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Someone with an account and a token that may write."""

    name: str
    token: str
    env: dict[str, str]


def sign_up(server: LiveServer, lead: str, role: str = "write") -> tuple[str, str]:
    """Make an account, whose name begins as asked and is then made unique; give the name and a token."""
    name = f"{lead}{next(_numbers)}"
    server.cli("user", "create", name, "--email", f"{name}@example.org", "--password-stdin", stdin=PASSWORD)
    return name, server.cli("token", "create", name, "--role", role)
