"""A person who uses a client program."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Someone with an account and a token that may write."""

    name: str
    token: str
    env: dict[str, str]
