"""Uploads, shards and clean-ups that meet each other leave tables and store in agreement."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from factories import make_repo, make_token, make_user
from gatehouse.repos import garbage, xet_files
from gatehouse.repos.xet_models import RepoXorb, XetFile, Xorb
from gatehouse.storage.xet.hashes import from_hex
from xet.samples import chunks_of, term
from xet.sender import Sender
from xet.test_grants import confirm, grant, put

pytestmark = pytest.mark.django_db(transaction=True)
CHUNKS = chunks_of("at once", 20)


def all_at_once(*runs: Callable[[], object]) -> list[object]:
    def closing(run: Callable[[], object]) -> object:
        try:
            return run()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runs)) as pool:
        return [done.result() for done in [pool.submit(closing, run) for run in runs]]


@pytest.fixture
def senders() -> list[Sender]:
    alice = make_user("alice")
    make_repo(alice, "first")
    make_repo(alice, "second")
    return [Sender(make_token(alice, "write"), f"alice/{name}") for name in ("first", "second")]


def test_the_same_xorb_from_many_sides(senders):
    table, body = senders[0].make_xorb(CHUNKS)
    replies = all_at_once(*[lambda each=each: each.post_xorb(table.xorb, body) for each in senders * 6])
    assert {reply.status for reply in replies} == {200}
    assert sum(json.loads(reply.body)["was_inserted"] for reply in replies) == 2
    assert (Xorb.objects.count(), RepoXorb.objects.count()) == (1, 2)
    assert xet_files.xorbs().check(table.xorb) == table


def test_the_same_xorb_by_grants_from_many_sides(senders):
    """Each is told that it came, whether by its own hand or by another's."""
    table, body = senders[0].make_xorb(CHUNKS)
    given = [(each, grant(each, table.xorb, body)) for each in senders * 6]
    replies = all_at_once(*[lambda one=one: put(one, body) for _, one in given])
    assert {reply.status for reply in replies} <= {200, 412}
    assert {confirm(each, table.xorb, one).status for each, one in given} == {200}
    assert (Xorb.objects.count(), RepoXorb.objects.count()) == (1, 2)
    assert xet_files.xorbs().check(table.xorb) == table


def test_the_same_files_from_many_sides(senders):
    sender = senders[0]
    table = sender.send_xorb(CHUNKS)
    records = [sender.record(term(table, i, i + 1)) for i in range(20)]
    orders = [records, records[::-1]] * 3
    replies = all_at_once(*[lambda order=order: sender.post_shard(*order) for order in orders])
    assert {reply.status for reply in replies} == {200}
    assert XetFile.objects.count() == 20


def test_a_clean_up_amid_uploads(senders):
    """With no time of grace whatever is not used may go at any moment; what the table names is there all the same."""

    def upload(sender: Sender) -> None:
        for _ in range(10):
            table = sender.send_xorb(CHUNKS)
            sender.post_shard(sender.record(term(table, 0, 20)))

    def clean_up() -> None:
        for _ in range(15):
            garbage.collect(timedelta(0))

    all_at_once(lambda: upload(senders[0]), lambda: upload(senders[1]), clean_up, clean_up)
    for name in Xorb.objects.values_list("pk", flat=True):
        assert xet_files.xorbs().check(from_hex(name))
    for file in XetFile.objects.all():
        assert file.xorbs.count() == 1
