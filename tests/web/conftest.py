"""Alice owns, Bob belongs, Carol is a stranger; each with a browser of their own."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from gatehouse.accounts.models import Organization, User
    from gatehouse.repos.models import Repo

CARD = """---
license: mit
extra_gated_heading: Ask for Tern
extra_gated_prompt: "You agree to be **kind**."
extra_gated_fields:
  Company: text
  Country: country
  Purpose:
    type: select
    options: [Research, {label: Something else, value: other}]
  I agree: checkbox
---
# Tern

A bird.
"""
ANSWERS = {"Company": "ACME", "Country": "DE", "Purpose": "other", "I agree": "on"}


@pytest.fixture
def alice(db: None) -> "User":
    from factories import make_user

    return make_user("alice")


@pytest.fixture
def carol(db: None) -> "User":
    from factories import make_user

    return make_user("carol")


@pytest.fixture
def acme(alice: "User") -> "Organization":
    from factories import make_org

    return make_org("acme", admin=alice, bob="read")


@pytest.fixture
def bob(acme: "Organization") -> "User":
    from gatehouse.accounts.models import User

    return User.objects.get(username="bob")


@pytest.fixture
def gated(alice: "User") -> "Repo":
    """Give Alice's model with manual approval and a form."""
    from factories import make_repo

    return make_repo(alice, "tern", gated="manual", files={"README.md": CARD, "config.json": '{"secret": 42}'})


@pytest.fixture
def browser() -> Callable[..., Client]:
    """Give a function that opens a browser; with a user, one who is signed in."""

    def browse(user: "User | None" = None, **options: object) -> Client:
        client = Client(**options)
        if user:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return browse
