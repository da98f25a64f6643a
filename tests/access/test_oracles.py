"""How long an answer takes tells nothing: what is hidden takes the statements of what is not there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories import auth, make_repo, make_token, make_user
from gatehouse.access import gate, possession
from gatehouse.access.possession import NotInPossession
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import User
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import move_repo
from lean import add_large_file, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def hidden() -> Repo:
    alice = make_user("alice")
    repo = make_repo(alice, "was", private=True)
    move_repo(repo, alice.namespace, "hidden")
    return repo


@pytest.fixture
def carol() -> User:
    return make_user("carol")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], list[str]]:
    """Give a function that tells which statements something takes, by the driver or by Django."""
    told = list[str]()
    fetch = gate.fetch_row
    monkeypatch.setattr(gate, "fetch_row", lambda sql, given: told.append(sql) or fetch(sql, given))

    @contextmanager
    def listening() -> Iterator[None]:
        told.clear()
        with CaptureQueriesContext(connection) as by_django:
            yield
        told.extend(re.sub(r"'[^']*'", "?", query["sql"].split("WHERE")[0]) for query in by_django.captured_queries)

    def of(deed: Callable[[], object]) -> list[str]:
        deed()  # what is done once only, such as noting a token's use
        with listening():
            deed()
        return list(told)

    return of


@pytest.mark.parametrize("name", ["hidden", "was"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_hidden_repo_takes_what_none_takes(hidden, carol, statements, name, signed_in):
    token = make_token(carol) if signed_in else None
    headers = auth(token) if token else None
    doors: list[Callable[[str], object]] = [
        lambda name: call(f"/alice/{name}/resolve/main/config.json", token=token),
        lambda name: call(f"/alice/{name}.git/info/refs?service=git-upload-pack", token=token),
        lambda name: call(f"/api/models/alice/{name}/xet-read-token/main", token=token),
        lambda name: Client().get(f"/api/models/alice/{name}", headers=headers),
        lambda name: Client().get(f"/alice/{name}", headers=headers),
    ]
    for door in doors:
        found, missing = (statements(partial(door, each)) for each in (name, "nothing"))
        assert found == missing
        assert found


def test_the_sha256_of_a_hidden_file_takes_what_none_takes(hidden, carol, statements):
    oid = add_large_file(hidden, "model.bin", b"weights", by=hidden.creator).oid
    own = make_repo(carol, "own")

    def commit(oid: str) -> None:
        with pytest.raises(NotInPossession):
            possession.ensure(Actor(carol.pk, "carol"), own.pk, {oid: 7})
        assert possession.size_elsewhere(Actor(carol.pk, "carol"), oid) is None

    assert statements(lambda: commit(oid)) == statements(lambda: commit("0" * 64))
